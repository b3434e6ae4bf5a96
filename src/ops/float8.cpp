// Numbers of 8 bits, as floats that hold the same values.
//
// _RoundToFloat8E4M3FN and _RoundToFloat8E5M2: to the nearest such number, what TensorFlow's Cast there and back does.
// Of numbers within the range; what lies outside is cut off before. _GradientIs and _Float8OutputGradient hand a value
// on. Training moves the scales of float8 by "gradients" that take the place of what they are gradients of.
#include "ops/float8.h"

#include <algorithm>
#include <cmath>

#include "ops/broadcast.h"
#include "ops/unary_op.h"

namespace hornbeam {
namespace {

constexpr double kMostE5M2 = 57344;

template <int kMantissa, int kLeastExponent, class C>
C rounded(C x) {
  if (!(std::abs(x) > C{0}) || std::isinf(x)) return x;  // zeros, NaN
  int exponent = 0;
  std::frexp(x, &exponent);  // x = m * 2^exponent, 0.5 <= |m| < 1
  const int step = std::max(exponent - 1, kLeastExponent) - kMantissa;
  return std::ldexp(std::nearbyint(std::ldexp(x, -step)), step);
}

struct E4M3FnFn {
  static constexpr const char* kName = "_RoundToFloat8E4M3FN";
  template <class C>
  static C apply(C x) {
    return rounded<3, -6>(x);
  }
};

struct E5M2Fn {
  static constexpr const char* kName = "_RoundToFloat8E5M2";
  template <class C>
  static C apply(C x) {
    return rounded<2, -14>(x);
  }
};

Tensors output_gradient(const GradientContext& c) {
  const auto grad = c.grad();
  const auto &scale = c.input(1), &history = c.input(2);
  const auto scaled = ops::cast(scale, grad.dtype());
  const auto cut = ops::clip_by_value(grad / scaled, -kMostE5M2, kMostE5M2);
  return {call_op1("_RoundToFloat8E5M2", {cut}) * scaled, next_float8_scale(scale, history, kMostE5M2),
          next_amax_history(grad, history)};
}

}  // namespace

Tensor next_float8_scale(const Tensor& scale, const Tensor& history, double most) {
  const auto largest = ops::reduce_max(history, {0});
  const auto inverse = ops::reciprocal(scale);
  auto factor = most / largest;
  factor = ops::where(ops::greater(largest, 0.0), factor, inverse);
  factor = ops::where(call_op1("IsFinite", {largest}), factor, inverse);
  return ops::reciprocal(factor);
}

Tensor next_amax_history(const Tensor& x, const Tensor& history) {
  const auto largest = ops::reshape(ops::cast(ops::reduce_max(ops::abs(x)), history.dtype()), Shape{1});
  const auto length = history.shape()[0];
  if (length == 1) return largest;
  // Moved on by one, the newest in the first place, where the next one will take its own.
  return ops::concat({largest, ops::slice(history, {2}, {length - 2}), ops::slice(history, {0}, {1})}, 0);
}

}  // namespace hornbeam

HB_REGISTER(float8) {
  using namespace hornbeam;
  add_op(unary_op<E4M3FnFn, FloatTypes>());
  add_op(unary_op<E5M2Fn, FloatTypes>());
  add_op(OpDef("_GradientIs")
             .input("value: T")
             .input("of: U")
             .input("gradient: U")
             .output("output: T")
             .attr("T: type")
             .attr("U: type")
             .shape(same_shape)
             .alias()
             .gradient([](const GradientContext& c) -> Tensors {
               return {c.grad(), c.input(2), Tensor()};
             }));
  add_op(OpDef("_Float8OutputGradient")
             .input("value: T")
             .input("scale: float")
             .input("amax_history: float")
             .output("output: T")
             .attr("T: type")
             .shape(same_shape)
             .alias()
             .gradient(output_gradient));
}
