// x[1:3, ..., 0] as configs tell it.
#pragma once

#include "hornbeam/config.hpp"
#include "hornbeam/tensor.hpp"

namespace hornbeam {

// `spec`: one item or a list of them: an int, null (a new axis), {"start", "stop", "step"} (tf.keras), {"class_name":
// "__slice__", "config": ...} (Keras 3), {"class_name": "__ellipsis__"}. Throws ValueError on anything else.
Tensor sliced(const Tensor& x, const Config& spec);

}  // namespace hornbeam
