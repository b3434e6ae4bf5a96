// x[1:3, ..., 0] as configs tell it.
#pragma once

#include <vector>

#include "hornbeam/config.hpp"
#include "hornbeam/operators.hpp"

namespace hornbeam {

// `spec`: one item or a list of them: an int, null (a new axis), {"start", "stop", "step"} (tf.keras), {"class_name":
// "__slice__", "config": ...} (Keras 3), {"class_name": "__ellipsis__"}. Throws ValueError on anything else.
std::vector<SliceItem> read_slice(const Config& spec);
// As tf.keras, or Keras 3, writes it.
Config slice_config(const std::vector<SliceItem>& items, bool keras3);
// With ":" for each dim that "..." stands for, of an array of so many dims.
std::vector<SliceItem> without_ellipsis(const std::vector<SliceItem>& items, std::size_t rank);
// What a StridedSlice with these inputs and masks takes. Throws ValueError when they are of different lengths.
struct SliceMasks {
  std::int64_t begin = 0, end = 0, ellipsis = 0, new_axis = 0, shrink_axis = 0;
};
std::vector<SliceItem> items_of_strided_slice(const std::vector<std::int64_t>& begin,
                                              const std::vector<std::int64_t>& end,
                                              const std::vector<std::int64_t>& strides, const SliceMasks& masks);

}  // namespace hornbeam
