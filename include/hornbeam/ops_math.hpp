// Mathematical ops on tensors: thin wrappers over TensorFlow's ops of the same meaning (tf.math, tf.nn, tf.linalg).
//
// Every function works on concrete tensors (it computes now), on traced ones (it appends a node) and on symbolic Keras
// tensors (it appends a layer). Variables convert to tensors by being read. Where an argument is an Arg a C++ number
// may stand for a tensor: it takes the other argument's dtype.
//
// Shapes: element-wise functions broadcast as NumPy does. Negative axes count from the end. Errors:
// InvalidArgumentError (shapes, axes and values that do not fit), TypeError (dtypes). Thread-safety: free functions
// without state.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "hornbeam/tensor.hpp"
#include "hornbeam/variable.hpp"

namespace hornbeam {

template <class T>
concept Number = std::is_arithmetic_v<T>;

namespace ops {

// A scalar constant of this dtype. Throws TypeError when the dtype cannot hold the number (1.5 as int32).
Tensor scalar(DType dtype, std::int64_t value);
Tensor scalar(DType dtype, double value);
// The variable's value: now, or as a captured read in a trace.
Tensor read(const Variable& variable);

// A tensor, a variable, or a number that takes the dtype of its partner.
class Arg {
 public:
  Arg(const Tensor& tensor) : value_(tensor) {}
  Arg(const Variable& variable) : value_(Tensor(variable)) {}
  template <Number T>
  Arg(T number) : value_(widen(number)) {}

  const Tensor* tensor() const { return std::get_if<Tensor>(&value_); }
  // Itself, or the number as a scalar of the dtype of `partner` (float32 or int32 when that is a number too).
  Tensor like(const Arg& partner) const;

 private:
  using Value = std::variant<Tensor, std::int64_t, double>;
  template <class T>
  static Value widen(T number) {
    if constexpr (std::is_floating_point_v<T>) {
      return static_cast<double>(number);
    } else {
      return static_cast<std::int64_t>(number);
    }
  }
  Value value_;
};

// Axes to reduce over: one, several, or (default) all.
class Axes {
 public:
  Axes() = default;
  template <std::integral I>
  Axes(I axis) : axes_(std::vector<std::int64_t>{static_cast<std::int64_t>(axis)}) {}
  Axes(std::initializer_list<std::int64_t> axes) : axes_(std::vector<std::int64_t>(axes)) {}
  Axes(std::vector<std::int64_t> axes) : axes_(std::move(axes)) {}
  const std::optional<std::vector<std::int64_t>>& values() const { return axes_; }

 private:
  std::optional<std::vector<std::int64_t>> axes_;
};

// Arithmetic of two (AddV2, Sub, Mul, RealDiv, FloorDiv, FloorMod, ...). Integer division by zero throws.
Tensor add(const Arg& x, const Arg& y);
Tensor subtract(const Arg& x, const Arg& y);
Tensor multiply(const Arg& x, const Arg& y);
Tensor divide(const Arg& x, const Arg& y);  // of floats; integers are cast to float64 first, as tf.math.truediv does
Tensor divide_no_nan(const Arg& x, const Arg& y);  // 0 where y is 0
Tensor multiply_no_nan(const Arg& x, const Arg& y);
Tensor floor_div(const Arg& x, const Arg& y);
Tensor mod(const Arg& x, const Arg& y);  // sign of the divisor, as Python's %
Tensor pow(const Arg& x, const Arg& y);
Tensor maximum(const Arg& x, const Arg& y);
Tensor minimum(const Arg& x, const Arg& y);
Tensor squared_difference(const Arg& x, const Arg& y);
Tensor atan2(const Arg& y, const Arg& x);
Tensor xlogy(const Arg& x, const Arg& y);
Tensor xdivy(const Arg& x, const Arg& y);
Tensor add_n(const std::vector<Tensor>& inputs);  // of equal shapes

// Comparisons, to bool. (Tensors have no operator==: it would hide whether identity or values are meant.)
Tensor equal(const Arg& x, const Arg& y);  // also of strings
Tensor not_equal(const Arg& x, const Arg& y);
Tensor less(const Arg& x, const Arg& y);
Tensor less_equal(const Arg& x, const Arg& y);
Tensor greater(const Arg& x, const Arg& y);
Tensor greater_equal(const Arg& x, const Arg& y);
Tensor logical_and(const Tensor& x, const Tensor& y);
Tensor logical_or(const Tensor& x, const Tensor& y);
Tensor logical_xor(const Tensor& x, const Tensor& y);
Tensor logical_not(const Tensor& x);

// Functions of one argument, element by element.
Tensor negative(const Tensor& x);
Tensor abs(const Tensor& x);
Tensor sign(const Tensor& x);
Tensor square(const Tensor& x);
Tensor sqrt(const Tensor& x);
Tensor rsqrt(const Tensor& x);
Tensor reciprocal(const Tensor& x);
Tensor exp(const Tensor& x);
Tensor expm1(const Tensor& x);
Tensor log(const Tensor& x);
Tensor log1p(const Tensor& x);
Tensor sin(const Tensor& x);
Tensor cos(const Tensor& x);
Tensor tan(const Tensor& x);
Tensor asin(const Tensor& x);
Tensor acos(const Tensor& x);
Tensor atan(const Tensor& x);
Tensor sinh(const Tensor& x);
Tensor cosh(const Tensor& x);
Tensor tanh(const Tensor& x);
Tensor asinh(const Tensor& x);
Tensor acosh(const Tensor& x);
Tensor atanh(const Tensor& x);
Tensor erf(const Tensor& x);
Tensor erfc(const Tensor& x);
Tensor erfinv(const Tensor& x);
Tensor lgamma(const Tensor& x);
Tensor digamma(const Tensor& x);
Tensor floor(const Tensor& x);
Tensor ceil(const Tensor& x);
Tensor round(const Tensor& x);  // half to even
Tensor is_nan(const Tensor& x);
Tensor is_inf(const Tensor& x);
Tensor is_finite(const Tensor& x);
Tensor clip_by_value(const Tensor& x, const Arg& low, const Arg& high);

// Activations (tf.nn).
Tensor relu(const Tensor& x);
Tensor relu6(const Tensor& x);
Tensor leaky_relu(const Tensor& x, double alpha = 0.2);
Tensor elu(const Tensor& x);
Tensor selu(const Tensor& x);
Tensor gelu(const Tensor& x, bool approximate = false);
Tensor sigmoid(const Tensor& x);
Tensor softplus(const Tensor& x);
Tensor softsign(const Tensor& x);
Tensor swish(const Tensor& x);
Tensor softmax(const Tensor& logits, std::int64_t axis = -1);
Tensor log_softmax(const Tensor& logits, std::int64_t axis = -1);

// Reductions. keepdims leaves reduced dims as 1.
Tensor reduce_sum(const Tensor& x, const Axes& axis = {}, bool keepdims = false);
Tensor reduce_mean(const Tensor& x, const Axes& axis = {}, bool keepdims = false);
Tensor reduce_max(const Tensor& x, const Axes& axis = {}, bool keepdims = false);
Tensor reduce_min(const Tensor& x, const Axes& axis = {}, bool keepdims = false);
Tensor reduce_prod(const Tensor& x, const Axes& axis = {}, bool keepdims = false);
Tensor reduce_all(const Tensor& x, const Axes& axis = {}, bool keepdims = false);  // of bools
Tensor reduce_any(const Tensor& x, const Axes& axis = {}, bool keepdims = false);
Tensor reduce_variance(const Tensor& x, const Axes& axis = {}, bool keepdims = false);
Tensor reduce_std(const Tensor& x, const Axes& axis = {}, bool keepdims = false);
Tensor euclidean_norm(const Tensor& x, const Axes& axis = {}, bool keepdims = false);
Tensor reduce_logsumexp(const Tensor& x, const Axes& axis = {}, bool keepdims = false);
struct Moments {
  Tensor mean, variance;
};
Moments moments(const Tensor& x, const Axes& axis, bool keepdims = false);
Tensor l2_loss(const Tensor& x);  // sum(x^2) / 2
Tensor l2_normalize(const Tensor& x, const Axes& axis = {}, double epsilon = 1e-12);
// Indices of the largest (smallest), the first among equals.
Tensor argmax(const Tensor& x, std::int64_t axis = -1, DType output_type = DType::int64);
Tensor argmin(const Tensor& x, std::int64_t axis = -1, DType output_type = DType::int64);
Tensor cumsum(const Tensor& x, std::int64_t axis = 0, bool exclusive = false, bool reverse = false);
Tensor cumprod(const Tensor& x, std::int64_t axis = 0, bool exclusive = false, bool reverse = false);
// The k largest of the last dim and their indices (int32).
struct TopK {
  Tensor values, indices;
};
TopK top_k(const Tensor& x, std::int64_t k = 1, bool sorted = true);
Tensor in_top_k(const Tensor& targets, const Tensor& predictions, std::int64_t k);

// Products. matmul: [..., m, k] x [..., k, n] -> [..., m, n]; leading dims broadcast.
Tensor matmul(const Tensor& a, const Tensor& b, bool transpose_a = false, bool transpose_b = false);
// The last dim of x with the first of the matrix: [..., k] x [k, n] -> [..., n], as Keras's Dense multiplies.
Tensor tensordot(const Tensor& x, const Tensor& matrix);
Tensor einsum(std::string_view equation, const std::vector<Tensor>& inputs);
// data_format: "NHWC" or "NCHW" (or Keras's "channels_last", "channels_first").
Tensor bias_add(const Tensor& x, const Tensor& bias, std::string_view data_format = "NHWC");

// Convolutions and pooling. Sizes, strides and dilations are of the spatial dims; padding is "SAME" or "VALID" in any
// case; data_format as for bias_add. The rank of x decides between the 2-D and 3-D op where there are both.
using Dims = std::vector<std::int64_t>;
// x: [n, h, w, c], filter: [kh, kw, c / groups, out] -> [n, h', w', out]
Tensor conv2d(const Tensor& x, const Tensor& filter, const Dims& strides = {1, 1}, std::string_view padding = "VALID",
              std::string_view data_format = "NHWC", const Dims& dilations = {1, 1});
// filter: [kh, kw, c, multiplier] -> [n, h', w', c * multiplier]
Tensor depthwise_conv2d(const Tensor& x, const Tensor& filter, const Dims& strides = {1, 1},
                        std::string_view padding = "VALID", std::string_view data_format = "NHWC",
                        const Dims& dilations = {1, 1});
// x: [n, d, h, w, c], filter: [kd, kh, kw, c / groups, out]
Tensor conv3d(const Tensor& x, const Tensor& filter, const Dims& strides = {1, 1, 1},
              std::string_view padding = "VALID", std::string_view data_format = "NHWC",
              const Dims& dilations = {1, 1, 1});
// filter: [kh, kw, out, c]; output_shape: int32 vector, the whole shape of the result (as tf.nn.conv2d_transpose).
Tensor conv2d_transpose(const Tensor& x, const Tensor& filter, const Tensor& output_shape, const Dims& strides,
                        std::string_view padding = "SAME", std::string_view data_format = "NHWC",
                        const Dims& dilations = {1, 1});
Tensor conv3d_transpose(const Tensor& x, const Tensor& filter, const Tensor& output_shape, const Dims& strides,
                        std::string_view padding = "SAME", std::string_view data_format = "NHWC",
                        const Dims& dilations = {1, 1, 1});
Tensor max_pool(const Tensor& x, const Dims& size, const Dims& strides, std::string_view padding = "VALID",
                std::string_view data_format = "NHWC");
Tensor avg_pool(const Tensor& x, const Dims& size, const Dims& strides, std::string_view padding = "VALID",
                std::string_view data_format = "NHWC");

// y = (x - mean) / sqrt(variance + epsilon) * scale + offset per channel. In training mean and variance are the batch's
// (and are returned, the variance unbiased; blended into the given ones by `factor` when that is not 1).
struct BatchNorm {
  Tensor y, mean, variance;
};
BatchNorm fused_batch_norm(const Tensor& x, const Tensor& scale, const Tensor& offset, const Tensor& mean,
                           const Tensor& variance, double epsilon = 1e-3, bool is_training = false,
                           std::string_view data_format = "NHWC", double factor = 1.0);

// Losses per row of logits [n, classes]; labels are class numbers [n], or distributions [n, classes].
Tensor sparse_softmax_cross_entropy_with_logits(const Tensor& labels, const Tensor& logits);
Tensor softmax_cross_entropy_with_logits(const Tensor& labels, const Tensor& logits);

struct Qr {
  Tensor q, r;
};
Qr qr(const Tensor& x, bool full_matrices = false);  // of the matrices in the last two dims

}  // namespace ops

// Operators, also with C++ numbers on either side.
inline Tensor operator+(const Tensor& x, const Tensor& y) { return ops::add(x, y); }
inline Tensor operator-(const Tensor& x, const Tensor& y) { return ops::subtract(x, y); }
inline Tensor operator*(const Tensor& x, const Tensor& y) { return ops::multiply(x, y); }
inline Tensor operator/(const Tensor& x, const Tensor& y) { return ops::divide(x, y); }
inline Tensor operator-(const Tensor& x) { return ops::negative(x); }
template <Number T>
Tensor operator+(const Tensor& x, T y) {
  return ops::add(x, y);
}
template <Number T>
Tensor operator+(T x, const Tensor& y) {
  return ops::add(x, y);
}
template <Number T>
Tensor operator-(const Tensor& x, T y) {
  return ops::subtract(x, y);
}
template <Number T>
Tensor operator-(T x, const Tensor& y) {
  return ops::subtract(x, y);
}
template <Number T>
Tensor operator*(const Tensor& x, T y) {
  return ops::multiply(x, y);
}
template <Number T>
Tensor operator*(T x, const Tensor& y) {
  return ops::multiply(x, y);
}
template <Number T>
Tensor operator/(const Tensor& x, T y) {
  return ops::divide(x, y);
}
template <Number T>
Tensor operator/(T x, const Tensor& y) {
  return ops::divide(x, y);
}

}  // namespace hornbeam
