// Ragged tensors from nested lists of JSON, and back.
#include "hornbeam/npy.hpp"
#include "ops/ragged/ragged.h"
#include "tensor/json_tensor.h"

namespace hornbeam {

Tensor json_to_array(const Config& json, const std::string& source) {
  const auto array = read_nested(json, source);
  return make_ragged(array.flat, array.splits);
}

Tensor load_json_array(const std::string& path) { return json_to_array(load_json(path), path); }

Config array_to_json(const Tensor& array) {
  const auto* ragged = as_ragged(array);
  if (!ragged) return tensor_to_json(array);
  auto items = tensor_to_json(ragged->flat).as_list();
  for (auto i = ragged->splits.size(); i-- > 0;) {
    const auto splits = ragged->splits[i].data<std::int64_t>();
    Config::List rows;
    for (std::size_t row = 0; row + 1 < splits.size(); ++row) {
      const auto at = [&](std::size_t k) { return items.begin() + static_cast<std::ptrdiff_t>(splits[k]); };
      rows.emplace_back(Config::List(at(row), at(row + 1)));
    }
    items = std::move(rows);
  }
  return items;
}

}  // namespace hornbeam
