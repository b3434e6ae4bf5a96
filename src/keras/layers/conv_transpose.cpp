#include "hornbeam/layers/conv_transpose.hpp"

#include <limits>

#include "base/checked_math.h"
#include "hornbeam/ops.hpp"
#include "keras/layers/conv_checks.h"
#include "keras/layers/dim_of.h"
#include "keras/layers/register.h"

namespace hornbeam {
namespace {

constexpr std::int64_t kTooMany = std::numeric_limits<std::int32_t>::max();

// TensorFlow's ops take sizes as int32. Throws ValueError when that is too small.
Tensor int32_scalar(std::int64_t size) {
  if (size < kTooMany) return Tensor::scalar(static_cast<std::int32_t>(size));
  throw ValueError("A dim of a transposed convolution is too large: it must be less than " + std::to_string(kTooMany));
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
  for (std::size_t i = 0; i < rank_; ++i) {
    if (base::checked_mul(kernel_size_[i], o_.dilation_rate[i]).value_or(kTooMany) < kTooMany) continue;
    throw ValueError("The window of a transposed convolution is too large: kernel_size=" +
                     Shape(kernel_size_).to_string() + ", dilation_rate=" + Shape(o_.dilation_rate).to_string());
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
  if (first) x = channels_moved(x, true);
  std::vector<Tensor> sizes{dim_of(x, 0)};
  for (std::size_t i = 0; i < rank_; ++i) {
    const auto known = x.shape()[i + 1];
    if (known >= 0) {
      const auto whole = base::checked_mul(known, o_.strides[i]);
      sizes.push_back(int32_scalar(whole ? *whole + added(i) : kTooMany));
    } else {
      sizes.push_back(dim_of(x, static_cast<std::int64_t>(i) + 1) * int32_scalar(o_.strides[i]) +
                      int32_scalar(added(i)));
    }
  }
  sizes.push_back(int32_scalar(filters_));
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
  if (first) y = channels_moved(y, false);
  return o_.activation(y);
}

}  // namespace hornbeam

HB_REGISTER(layer_conv_transpose) {
  using namespace hornbeam;
  register_builtin<Conv1DTransposeLayer>({"Convolution1DTranspose"});
  register_builtin<Conv2DTransposeLayer>({"Convolution2DTranspose"});
  register_builtin<Conv3DTransposeLayer>({"Convolution3DTranspose"});
}
