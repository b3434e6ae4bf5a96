#include "hornbeam/layers/conv_transpose.hpp"

#include <numeric>

#include "hornbeam/ops.hpp"
#include "keras/layers/conv_checks.h"
#include "keras/layers/register.h"

namespace hornbeam {
namespace {

// Dim `i` of an int32 shape.
Tensor dim_of(const Tensor& shape, std::int64_t i) {
  return ops::strided_slice(shape, {i}, {i + 1}, {1}, {.shrink_axis_mask = 1});
}

// From channels first to last, or back.
Tensor turned(const Tensor& x, bool to_last) {
  std::vector<std::int64_t> order(x.rank());
  std::iota(order.begin(), order.end(), 0);
  if (to_last) {
    std::rotate(order.begin() + 1, order.begin() + 2, order.end());
  } else {
    std::rotate(order.begin() + 1, order.end() - 1, order.end());
  }
  return ops::transpose(x, order);
}

}  // namespace

ConvTransposeLayer::ConvTransposeLayer(std::size_t rank, std::int64_t filters, std::vector<std::int64_t> kernel_size,
                                       const ConvTransposeOptions& options)
    : Layer(options.layer()), rank_(rank), filters_(filters), kernel_size_(std::move(kernel_size)), o_(options) {
  activity_regularizer_ = options.activity_regularizer;
  check();
}

void ConvTransposeLayer::check() {
  check_filters(filters_);
  check_window(o_, kernel_size_, rank_, /*allow_causal=*/false);
  if (o_.output_padding) {
    o_.output_padding = checked_tuple(*o_.output_padding, rank_, "output_padding", /*allow_zero=*/true);
    for (std::size_t i = 0; i < rank_; ++i) {
      if ((*o_.output_padding)[i] < o_.strides[i]) continue;
      throw ValueError("Stride " + Shape(o_.strides).to_string() + " must be greater than output padding " +
                       Shape(*o_.output_padding).to_string());
    }
  }
  input_spec_ = {{.ndim = rank_ + 2}};
}

void ConvTransposeLayer::build(const Shape& input_shape) {
  const auto channels = known_channels(input_shape, o_.data_format);
  auto shape = kernel_size_;
  shape.push_back(filters_);
  shape.push_back(channels);
  kernel = add_weight(
      "kernel", Shape(shape),
      {.initializer = o_.kernel_initializer, .regularizer = o_.kernel_regularizer, .constraint = o_.kernel_constraint});
  if (o_.use_bias) {
    bias = add_weight(
        "bias", {filters_},
        {.initializer = o_.bias_initializer, .regularizer = o_.bias_regularizer, .constraint = o_.bias_constraint});
  }
  input_spec_ = {{.ndim = rank_ + 2, .axes = {{channel_axis(o_.data_format), channels}}}};
}

std::int64_t ConvTransposeLayer::added(std::size_t dim) const {
  const auto stride = o_.strides[dim], size = (kernel_size_[dim] - 1) * o_.dilation_rate[dim] + 1;
  const bool same = o_.padding == "same";
  if (!o_.output_padding) return same ? 0 : std::max<std::int64_t>(size - stride, 0);
  return (same ? size % 2 : size) - stride + (*o_.output_padding)[dim];
}

Values ConvTransposeLayer::call(const Values& inputs, CallContext&) {
  Tensor x = inputs;
  // The kernels of TensorFlow on CPUs have channels last.
  const bool first = o_.data_format == "channels_first";
  if (first) x = turned(x, true);
  const auto shape = ops::shape(x);
  std::vector<Tensor> sizes{dim_of(shape, 0)};
  for (std::size_t i = 0; i < rank_; ++i) {
    const auto stride = static_cast<std::int32_t>(o_.strides[i]), more = static_cast<std::int32_t>(added(i));
    const auto known = x.shape()[i + 1];
    sizes.push_back(known >= 0 ? Tensor::scalar(static_cast<std::int32_t>(known * stride + more))
                               : dim_of(shape, static_cast<std::int64_t>(i) + 1) * stride + more);
  }
  sizes.push_back(Tensor::scalar(static_cast<std::int32_t>(filters_)));
  Tensor y;
  if (rank_ == 3) {
    y = ops::conv3d_transpose(x, kernel, ops::stack(sizes), o_.strides, o_.padding, "NDHWC", o_.dilation_rate);
  } else if (rank_ == 2) {
    y = ops::conv2d_transpose(x, kernel, ops::stack(sizes), o_.strides, o_.padding, "NHWC", o_.dilation_rate);
  } else {
    // As TensorFlow does: over an image one pixel high.
    sizes.insert(sizes.begin() + 1, Tensor::scalar(std::int32_t{1}));
    y = ops::conv2d_transpose(ops::expand_dims(x, 1), ops::expand_dims(kernel, 0), ops::stack(sizes),
                              {1, o_.strides[0]}, o_.padding, "NHWC", {1, o_.dilation_rate[0]});
    y = ops::squeeze(y, {1});
  }
  if (o_.use_bias) y = ops::bias_add(y, bias);
  if (first) y = turned(y, false);
  return o_.activation(y);
}

}  // namespace hornbeam

HB_REGISTER(layer_conv_transpose) {
  using namespace hornbeam;
  register_builtin<Conv1DTransposeLayer>({"Convolution1DTranspose"});
  register_builtin<Conv2DTransposeLayer>({"Convolution2DTranspose"});
  register_builtin<Conv3DTransposeLayer>({"Convolution3DTranspose"});
}
