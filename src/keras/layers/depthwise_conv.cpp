#include "hornbeam/layers/depthwise_conv.hpp"

#include "hornbeam/ops.hpp"
#include "keras/layers/causal.h"
#include "keras/layers/checked_size.h"
#include "keras/layers/conv_checks.h"
#include "keras/layers/register.h"

namespace hornbeam {
namespace {

void check_multiplier(std::int64_t depth_multiplier) {
  if (depth_multiplier <= 0) {
    throw ValueError(
        "Invalid value for argument `depth_multiplier`. Expected a strictly positive value. Received "
        "depth_multiplier=" +
        std::to_string(depth_multiplier) + ".");
  }
}

}  // namespace

DepthwiseConvLayer::DepthwiseConvLayer(std::size_t rank, std::vector<std::int64_t> kernel_size,
                                       const DepthwiseConvOptions& options)
    : Layer(options.layer()), rank_(rank), kernel_size_(std::move(kernel_size)), o_(options) {
  activity_regularizer_ = options.activity_regularizer;
  check();
}

void DepthwiseConvLayer::check() {
  check_multiplier(o_.depth_multiplier);
  check_window(o_, kernel_size_, rank_, /*allow_causal=*/false);
  input_spec_ = {{.ndim = rank_ + 2}};
}

void DepthwiseConvLayer::build(const Shape& input_shape) {
  const auto channels = known_channels(input_shape, o_.data_format, " to `" + class_name() + "`");
  auto shape = kernel_size_;
  shape.push_back(channels);
  shape.push_back(o_.depth_multiplier);
  depthwise_kernel = add_weight("depthwise_kernel", Shape(shape),
                                {.initializer = o_.depthwise_initializer,
                                 .regularizer = o_.depthwise_regularizer,
                                 .constraint = o_.depthwise_constraint});
  if (o_.use_bias) {
    bias = add_weight(
        "bias", {size_product(channels, o_.depth_multiplier)},
        {.initializer = o_.bias_initializer, .regularizer = o_.bias_regularizer, .constraint = o_.bias_constraint});
  }
  input_spec_ = {{.ndim = rank_ + 2, .axes = {{channel_axis(o_.data_format), channels}}}};
}

Values DepthwiseConvLayer::call(const Values& inputs, CallContext&) {
  Tensor x = inputs, depthwise = depthwise_kernel;
  // As Keras traces it: with the channels last, for TensorFlow has nothing else for CPUs.
  const bool first = o_.data_format == "channels_first";
  if (first) x = channels_moved(x, true);
  auto strides = o_.strides, dilations = o_.dilation_rate;
  if (rank_ == 1) {  // one pixel high
    x = ops::expand_dims(x, 1);
    depthwise = ops::expand_dims(depthwise, 0);
    strides = {strides[0], strides[0]};
    dilations = {1, dilations[0]};
  }
  auto y = ops::depthwise_conv2d(x, depthwise, strides, o_.padding, "NHWC", dilations);
  if (rank_ == 1) y = ops::squeeze(y, {1});
  if (first) y = channels_moved(y, false);
  if (o_.use_bias) y = ops::bias_add(y, bias, tf_format(o_.data_format));
  return o_.activation(y);
}

SeparableConvLayer::SeparableConvLayer(std::size_t rank, std::int64_t filters, std::vector<std::int64_t> kernel_size,
                                       const SeparableConvOptions& options)
    : Layer(options.layer()), rank_(rank), filters_(filters), kernel_size_(std::move(kernel_size)), o_(options) {
  activity_regularizer_ = options.activity_regularizer;
  check();
}

void SeparableConvLayer::check() {
  check_filters(filters_);
  check_multiplier(o_.depth_multiplier);
  check_window(o_, kernel_size_, rank_, /*allow_causal=*/rank_ == 1);
  input_spec_ = {{.ndim = rank_ + 2}};
}

void SeparableConvLayer::build(const Shape& input_shape) {
  const auto channels = known_channels(input_shape, o_.data_format);
  auto depthwise = kernel_size_;
  depthwise.push_back(channels);
  depthwise.push_back(o_.depth_multiplier);
  std::vector<std::int64_t> pointwise(rank_, 1);
  pointwise.push_back(size_product(channels, o_.depth_multiplier));
  pointwise.push_back(filters_);
  depthwise_kernel = add_weight("depthwise_kernel", Shape(depthwise),
                                {.initializer = o_.depthwise_initializer,
                                 .regularizer = o_.depthwise_regularizer,
                                 .constraint = o_.depthwise_constraint});
  pointwise_kernel = add_weight("pointwise_kernel", Shape(pointwise),
                                {.initializer = o_.pointwise_initializer,
                                 .regularizer = o_.pointwise_regularizer,
                                 .constraint = o_.pointwise_constraint});
  if (o_.use_bias) {
    bias = add_weight(
        "bias", {filters_},
        {.initializer = o_.bias_initializer, .regularizer = o_.bias_regularizer, .constraint = o_.bias_constraint});
  }
  input_spec_ = {{.ndim = rank_ + 2, .axes = {{channel_axis(o_.data_format), channels}}}};
}

Values SeparableConvLayer::call(const Values& inputs, CallContext&) {
  Tensor x = inputs, depthwise = depthwise_kernel, pointwise = pointwise_kernel;
  const auto* format = tf_format(o_.data_format);
  const bool first = o_.data_format == "channels_first";
  const std::int64_t axis = first ? 2 : 1;
  auto strides = o_.strides;
  auto dilations = o_.dilation_rate;
  auto padding = o_.padding;
  if (rank_ == 1) {
    if (padding == "causal") {
      x = with_past(*this, x, size_product(o_.dilation_rate[0], kernel_size_[0] - 1), first);
      padding = "valid";
    }
    // One pixel high; Keras gives the height the same stride, which changes nothing there.
    x = ops::expand_dims(x, axis);
    depthwise = ops::expand_dims(depthwise, 0);
    pointwise = ops::expand_dims(pointwise, 0);
    strides = {strides[0], strides[0]};
    dilations = {1, dilations[0]};
  }
  auto y = ops::depthwise_conv2d(x, depthwise, strides, padding, format, dilations);
  y = ops::conv2d(y, pointwise, {1, 1}, "VALID", format);
  if (rank_ == 1) y = ops::squeeze(y, {axis});
  if (o_.use_bias) y = ops::bias_add(y, bias, format);
  return o_.activation(y);
}

}  // namespace hornbeam

HB_REGISTER(layer_depthwise_conv) {
  using namespace hornbeam;
  register_builtin<DepthwiseConv1DLayer>();
  register_builtin<DepthwiseConv2DLayer>();
  register_builtin<SeparableConv1DLayer>({"SeparableConvolution1D"});
  register_builtin<SeparableConv2DLayer>({"SeparableConvolution2D"});
}
