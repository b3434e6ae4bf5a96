#include <string>

#include "hornbeam/operators.hpp"
#include "hornbeam/ops_array.hpp"

namespace hornbeam::ops {

Tensor getitem(const Tensor& x, const std::vector<SliceItem>& items) {
  constexpr std::size_t kMaxItems = 32;  // as many as an op's masks have bits
  if (items.size() > kMaxItems) throw ValueError("a slice of more than " + std::to_string(kMaxItems) + " items");
  std::vector<std::int64_t> begin, end, strides;
  StridedSliceMasks masks;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const auto bit = std::int64_t{1} << i;
    begin.push_back(0);
    end.push_back(0);
    strides.push_back(1);
    if (items[i].get<NewAxis>()) {
      masks.new_axis_mask |= bit;
    } else if (items[i].get<Ellipsis>()) {
      masks.ellipsis_mask |= bit;
    } else if (const auto* index = items[i].get<std::int64_t>()) {
      begin.back() = *index;
      end.back() = *index + 1;
      masks.shrink_axis_mask |= bit;
    } else {
      const auto& slice = *items[i].get<Slice>();
      if (!slice.start) masks.begin_mask |= bit;
      if (!slice.stop) masks.end_mask |= bit;
      begin.back() = slice.start.value_or(0);
      end.back() = slice.stop.value_or(0);
      strides.back() = slice.step.value_or(1);
    }
  }
  return strided_slice(x, begin, end, strides, masks);
}

}  // namespace hornbeam::ops
