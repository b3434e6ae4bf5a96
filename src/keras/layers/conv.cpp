#include "hornbeam/layers/conv.hpp"

#include <algorithm>

#include "hornbeam/ops.hpp"
#include "hornbeam/target.hpp"
#include "keras/layers/causal.h"
#include "keras/layers/checked_size.h"
#include "keras/layers/conv_checks.h"
#include "keras/layers/convolve.h"
#include "keras/layers/register.h"
#include "ops/int_values.h"

namespace hornbeam {
namespace {

// tf.keras of Keras 2.13 and on folds the dims before the last rank + 1 into one batch.
InputSpec dims_spec(std::size_t rank, std::vector<std::pair<std::int64_t, std::int64_t>> axes = {}) {
  if (current_target() == Target::tf215) return {.min_ndim = rank + 2, .axes = std::move(axes)};
  return {.ndim = rank + 2, .axes = std::move(axes)};
}

// As it was before, but for the dims that `y` has of its own: the last `inner`.
Tensor unfolded(const Tensor& y, const Tensor& x, std::size_t inner) {
  const auto outer = static_cast<std::int64_t>(x.rank() - inner);
  auto known = x.shape().dims();
  known.resize(static_cast<std::size_t>(outer));
  const auto own = y.shape().dims();
  known.insert(known.end(), own.begin() + 1, own.end());
  if (std::ranges::count_if(known, [](auto d) { return d < 0; }) <= 1) return ops::reshape(y, Shape(known));
  const auto shape = ops::concat({ops::slice(ops::shape(x), {0}, {outer}), ops::slice(ops::shape(y), {1}, {-1})}, 0);
  return ops::ensure_shape(ops::reshape(y, shape), Shape(known));
}

}  // namespace

ConvLayer::ConvLayer(std::size_t rank, std::int64_t filters, std::vector<std::int64_t> kernel_size,
                     const ConvOptions& options)
    : LoraLayer(options.layer()), rank_(rank), filters_(filters), kernel_size_(std::move(kernel_size)), o_(options) {
  activity_regularizer_ = options.activity_regularizer;
  set_lora(options.lora_rank, options.lora_alpha);
  check();
}

void ConvLayer::check() {
  check_filters(filters_);
  if (o_.groups <= 0) {
    throw ValueError("The `groups` argument must be a strictly positive value. Received groups=" +
                     std::to_string(o_.groups));
  }
  if (filters_ % o_.groups != 0) {
    throw ValueError("The number of filters must be evenly divisible by the number of groups. Received: groups=" +
                     std::to_string(o_.groups) + ", filters=" + std::to_string(filters_));
  }
  o_.data_format = checked_data_format_of(rank_, o_.data_format);
  check_window(o_, kernel_size_, rank_, /*allow_causal=*/rank_ == 1);
  check_lora();
  input_spec_ = {dims_spec(rank_)};
}

void ConvLayer::build(const Shape& input_shape) {
  const auto channels = known_channels(input_shape, o_.data_format);
  if (channels % o_.groups != 0) {
    throw ValueError("The number of input channels must be evenly divisible by the number of groups. Received groups=" +
                     std::to_string(o_.groups) + ", but the input has " + std::to_string(channels) +
                     " channels (full input shape is " + input_shape.to_string() + ").");
  }
  auto shape = kernel_size_;
  shape.push_back(channels / o_.groups);
  shape.push_back(filters_);
  kernel = add_weight(
      "kernel", Shape(shape),
      {.initializer = o_.kernel_initializer, .regularizer = o_.kernel_regularizer, .constraint = o_.kernel_constraint});
  if (o_.use_bias) {
    bias = add_weight(
        "bias", {filters_},
        {.initializer = o_.bias_initializer, .regularizer = o_.bias_regularizer, .constraint = o_.bias_constraint});
  }
  input_spec_ = {dims_spec(rank_, {{channel_axis(o_.data_format), channels}})};
  build_lora(BuiltAlpha::kept);
}

Values ConvLayer::call(const Values& inputs, CallContext&) {
  Tensor x = inputs;
  const bool folded = x.rank() > rank_ + 2;
  if (folded) {
    const auto shape = ops::shape(x);
    const auto inner = static_cast<std::int64_t>(rank_) + 1;
    auto known = x.shape().dims();
    known.erase(known.begin(), known.end() - inner);
    known.insert(known.begin(), None);
    const auto rest = ops::slice(shape, {static_cast<std::int64_t>(x.rank()) - inner}, {inner});
    x = ops::ensure_shape(ops::reshape(x, ops::concat({int32_vector({-1}), rest}, 0)), Shape(known));
  }
  auto padding = o_.padding;
  if (padding == "causal") {
    x = with_past(*this, x, size_product(o_.dilation_rate[0], kernel_size_[0] - 1), o_.data_format == "channels_first");
    padding = "valid";
  }
  auto y = convolved(x, adapted_kernel(), {o_.strides, padding, o_.data_format, o_.dilation_rate});
  if (o_.use_bias) y = ops::bias_add(y, bias, tf_format(o_.data_format));
  if (folded) y = unfolded(y, inputs, rank_ + 1);
  return o_.activation(y);
}

}  // namespace hornbeam

HB_REGISTER(layer_conv) {
  using namespace hornbeam;
  register_builtin<Conv1DLayer>({"Convolution1D"});
  register_builtin<Conv2DLayer>({"Convolution2D"});
  register_builtin<Conv3DLayer>({"Convolution3D"});
}
