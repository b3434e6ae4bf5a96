#include "keras/layers/convolve.h"

#include "hornbeam/ops.hpp"
#include "keras/layers/data_format.h"

namespace hornbeam {

Tensor convolved(const Tensor& x, const Tensor& kernel, const Convolution& how) {
  const auto* format = tf_format(how.data_format);
  if (how.strides.size() == 3) return ops::conv3d(x, kernel, how.strides, how.padding, format, how.dilation_rate);
  if (how.strides.size() == 2) return ops::conv2d(x, kernel, how.strides, how.padding, format, how.dilation_rate);
  // As TensorFlow does: a 2-D convolution over an image one pixel high.
  const std::int64_t axis = how.data_format == "channels_first" ? 2 : 1;
  const auto y = ops::conv2d(ops::expand_dims(x, axis), ops::expand_dims(kernel, 0), {1, how.strides[0]}, how.padding,
                             format, {1, how.dilation_rate[0]});
  return ops::squeeze(y, {axis});
}

}  // namespace hornbeam
