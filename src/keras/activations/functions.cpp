// The activations of Keras 2, by the TensorFlow ops that Keras makes of them.
#include "hornbeam/activations.hpp"
#include "hornbeam/ops.hpp"

namespace hornbeam::activations {

Tensor relu(const Tensor& given, double alpha, std::optional<double> max_value, double threshold) {
  if (alpha != 0.0 && !max_value && threshold == 0.0) return ops::leaky_relu(given, alpha);

  Tensor negative_part;
  if (alpha != 0.0) negative_part = ops::relu(threshold != 0.0 ? threshold - given : -given);

  bool clip = max_value.has_value();
  auto x = given;
  if (threshold != 0.0) {
    x = x * ops::cast(ops::greater(x, threshold), x.dtype());
  } else if (max_value == 6.0) {
    x = ops::relu6(x);
    clip = false;
  } else {
    x = ops::relu(x);
  }
  if (clip) x = ops::clip_by_value(x, 0.0, *max_value);
  return alpha != 0.0 ? x - alpha * negative_part : x;
}

Tensor elu(const Tensor& x, double alpha) {
  const auto y = ops::elu(x);
  return alpha == 1.0 ? y : ops::where(ops::greater(x, 0.0), y, alpha * y);
}

namespace {

// As Keras's output._keras_logits.
Tensor with_logits(Tensor output, const Tensor& x) {
  output.impl()->logits = x.impl();
  return output;
}

}  // namespace

Tensor softmax(const Tensor& x, std::int64_t axis) {
  if (x.shape().has_rank() && x.rank() <= 1) {
    throw ValueError("Cannot apply softmax to a tensor that is 1D. Received input: " + x.to_string());
  }
  return with_logits(ops::softmax(x, axis), x);
}

Tensor selu(const Tensor& x) { return ops::selu(x); }
Tensor gelu(const Tensor& x, bool approximate) { return ops::gelu(x, approximate); }
Tensor swish(const Tensor& x) { return ops::swish(x); }
Tensor log_softmax(const Tensor& x, std::int64_t axis) { return ops::log_softmax(x, axis); }
Tensor softplus(const Tensor& x) { return ops::softplus(x); }
Tensor softsign(const Tensor& x) { return ops::softsign(x); }
Tensor tanh(const Tensor& x) { return ops::tanh(x); }
Tensor sigmoid(const Tensor& x) { return with_logits(ops::sigmoid(x), x); }
Tensor exponential(const Tensor& x) { return ops::exp(x); }
Tensor hard_sigmoid(const Tensor& x) { return ops::clip_by_value(x * 0.2 + 0.5, 0.0, 1.0); }
Tensor linear(const Tensor& x) { return x; }
Tensor mish(const Tensor& x) { return x * ops::tanh(ops::softplus(x)); }
Tensor relu6(const Tensor& x) { return ops::relu6(x); }
Tensor leaky_relu(const Tensor& x, double negative_slope) { return ops::leaky_relu(x, negative_slope); }

}  // namespace hornbeam::activations
