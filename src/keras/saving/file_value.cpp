#include "keras/saving/file_value.h"

#include "base/checked_math.h"
#include "hornbeam/errors.hpp"
#include "hornbeam/ops.hpp"
#include "keras/saving/h5_weights.h"

namespace hornbeam {
namespace {

// Of each weight: which of the file's arrays it is joined of.
using Parts = std::vector<std::vector<std::size_t>>;

Parts parts_of(const Layer& layer, std::size_t count) {
  const auto name = layer.class_name();
  // Kernel, recurrent kernel and bias of each gate. Keras 1 had LSTM's in the order i, c, f, o.
  if (name == "LSTM" && count == 12) return {{0, 6, 3, 9}, {1, 7, 4, 10}, {2, 8, 5, 11}};
  if (name == "GRU" && count == 9) return {{0, 3, 6}, {1, 4, 7}, {2, 5, 8}};
  const auto inner = layer.sublayers();
  if (name == "TimeDistributed" && inner.size() == 1) return parts_of(*inner[0], count);
  Parts parts;
  if (name == "Bidirectional" && inner.size() == 2) {
    const auto half = count / 2;
    parts = parts_of(*inner[0], half);
    for (auto& of_backward : parts_of(*inner[1], count - half)) {
      for (auto& i : of_backward) i += half;
      parts.push_back(std::move(of_backward));
    }
    return parts;
  }
  for (std::size_t i = 0; i < count; ++i) parts.push_back({i});
  return parts;
}

void join(FileValue& whole, const NamedDataset& part) {
  const Shape shape(part.dataset.shape());
  if (whole.parts.empty()) {
    whole.name = part.name;
    whole.shape = shape;
  } else {
    auto dims = whole.shape.dims();
    auto others = shape.dims();
    const auto total = dims.empty() || others.empty() ? std::nullopt : base::checked_add(dims.back(), others.back());
    if (total) dims.back() = others.back() = *total;
    if (!total || dims != others) {
      throw ValueError(
          "all the input array dimensions for the concatenation axis must match exactly: the gates that make up '" +
          whole.name + "' of Keras 1 have shapes " + Shape(whole.parts[0].shape()).to_string() + " and " +
          shape.to_string() + " ('" + part.name + "')");
    }
    whole.shape = Shape(dims);
  }
  whole.parts.push_back(part.dataset);
}

}  // namespace

std::vector<FileValue> file_values(const Layer& layer, const std::vector<NamedDataset>& datasets,
                                   const FileOrigin& origin) {
  std::vector<FileValue> values;
  const auto add = [&](const std::vector<std::size_t>& parts) {
    values.emplace_back();
    for (const auto i : parts) join(values.back(), datasets[i]);
  };
  if (origin.keras_version == "1") {
    for (const auto& parts : parts_of(layer, datasets.size())) add(parts);
  } else {
    for (std::size_t i = 0; i < datasets.size(); ++i) add({i});
  }
  return values;
}

Tensor read_file_value(const FileValue& value, bool map, DType dtype) {
  std::vector<Tensor> parts;
  for (const auto& part : value.parts) {
    if (part.dtype() == DType::string) throw FormatError(part.file_name(), part.path(), "numbers", "strings");
    parts.push_back(read_h5_tensor(part, map));
  }
  if (parts.size() == 1) return parts[0];
  for (auto& part : parts) part = ops::cast(part, dtype);
  return ops::concat(parts, -1);
}

}  // namespace hornbeam
