#include "keras/engine/op_slice.h"

#include "hornbeam/errors.hpp"
#include "hornbeam/ops.hpp"

namespace hornbeam {

Tensor sliced(const Tensor& x, const Config& spec) {
  constexpr std::size_t kMaxItems = 32;  // as many as an op's masks have bits
  const auto items = spec.is_list() ? spec.as_list() : Config::List{spec};
  if (items.size() > kMaxItems) throw ValueError("a slice of more than " + std::to_string(kMaxItems) + " items");
  std::vector<std::int64_t> begin, end, strides;
  ops::StridedSliceMasks masks;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const auto bit = std::int64_t{1} << i;
    const auto& item = items[i];
    begin.push_back(0);
    end.push_back(0);
    strides.push_back(1);
    if (item.is_null()) {
      masks.new_axis_mask |= bit;
    } else if (item.is_int()) {
      begin.back() = item.as_int();
      masks.shrink_axis_mask |= bit;
    } else if (item.find("class_name") && *item.find("class_name") == Config("__ellipsis__")) {
      masks.ellipsis_mask |= bit;
    } else {
      const auto* inner = item.find("config");
      const auto& bounds = inner ? *inner : item;
      if (!bounds.has("start") || !bounds.has("stop")) {
        throw ValueError("a slice names bounds, an index or an ellipsis; found " + item.dump());
      }
      const auto bound = [&](const char* key, std::int64_t& value) {
        const auto* found = bounds.find(key);
        if (!found || found->is_null()) return false;
        value = found->as_int();
        return true;
      };
      if (!bound("start", begin.back())) masks.begin_mask |= bit;
      if (!bound("stop", end.back())) masks.end_mask |= bit;
      bound("step", strides.back());
    }
  }
  return ops::strided_slice(x, begin, end, strides, masks);
}

}  // namespace hornbeam
