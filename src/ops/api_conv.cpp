// The public convolutions, pooling and batch normalisation of hornbeam/ops_math.hpp.
#include <algorithm>
#include <cctype>

#include "hornbeam/ops_math.hpp"
#include "ops/op_def.h"
#include "ops/upper.h"

namespace hornbeam::ops {
namespace {

bool channels_first(std::string_view format) {
  if (format == "NHWC" || format == "NDHWC" || format == "NWC" || format == "channels_last") return false;
  if (format == "NCHW" || format == "NCDHW" || format == "NCW" || format == "channels_first") return true;
  throw ValueError("The `data_format` argument must be one of \"channels_first\", \"channels_last\". Received: " +
                   std::string(format));
}

std::string format_name(bool first, std::size_t spatial) {
  if (spatial == 3) return first ? "NCDHW" : "NDHWC";
  return first ? "NCHW" : "NHWC";
}

// One value per dim of the tensor: 1 for batch and channels.
Dims with_ones(const Dims& spatial, bool first) {
  Dims dims{1};
  if (first) dims.push_back(1);
  dims.insert(dims.end(), spatial.begin(), spatial.end());
  if (!first) dims.push_back(1);
  return dims;
}

Attrs window(const Dims& strides, std::string_view padding, std::string_view data_format, std::size_t spatial) {
  if (strides.size() != spatial) {
    throw ValueError("strides should have " + std::to_string(spatial) +
                     " elements. Received: " + std::to_string(strides.size()));
  }
  const bool first = channels_first(data_format);
  return {{"strides", with_ones(strides, first)},
          {"padding", upper(padding)},
          {"data_format", format_name(first, spatial)}};
}

Attrs convolution(const Dims& strides, std::string_view padding, std::string_view data_format, const Dims& dilations,
                  std::size_t spatial) {
  if (dilations.size() != spatial) {
    throw ValueError("dilations should have " + std::to_string(spatial) +
                     " elements. Received: " + std::to_string(dilations.size()));
  }
  auto attrs = window(strides, padding, data_format, spatial);
  attrs.set("dilations", with_ones(dilations, channels_first(data_format)));
  return attrs;
}

Tensor pool(const char* op_2d, const char* op_3d, const Tensor& x, const Dims& size, const Dims& strides,
            std::string_view padding, std::string_view data_format) {
  auto attrs = window(strides, padding, data_format, size.size());
  attrs.set("ksize", with_ones(size, channels_first(data_format)));
  return call_op1(size.size() == 3 ? op_3d : op_2d, {x}, std::move(attrs));
}

}  // namespace

Tensor bias_add(const Tensor& x, const Tensor& bias, std::string_view data_format) {
  return call_op1("BiasAdd", {x, bias}, {{"data_format", format_name(channels_first(data_format), 2)}});
}

Tensor conv2d(const Tensor& x, const Tensor& filter, const Dims& strides, std::string_view padding,
              std::string_view data_format, const Dims& dilations) {
  return call_op1("Conv2D", {x, filter}, convolution(strides, padding, data_format, dilations, 2));
}
Tensor depthwise_conv2d(const Tensor& x, const Tensor& filter, const Dims& strides, std::string_view padding,
                        std::string_view data_format, const Dims& dilations) {
  return call_op1("DepthwiseConv2dNative", {x, filter}, convolution(strides, padding, data_format, dilations, 2));
}
Tensor conv3d(const Tensor& x, const Tensor& filter, const Dims& strides, std::string_view padding,
              std::string_view data_format, const Dims& dilations) {
  return call_op1("Conv3D", {x, filter}, convolution(strides, padding, data_format, dilations, 3));
}
Tensor conv2d_transpose(const Tensor& x, const Tensor& filter, const Tensor& output_shape, const Dims& strides,
                        std::string_view padding, std::string_view data_format, const Dims& dilations) {
  return call_op1("Conv2DBackpropInput", {output_shape, filter, x},
                  convolution(strides, padding, data_format, dilations, 2));
}
Tensor conv3d_transpose(const Tensor& x, const Tensor& filter, const Tensor& output_shape, const Dims& strides,
                        std::string_view padding, std::string_view data_format, const Dims& dilations) {
  return call_op1("Conv3DBackpropInputV2", {output_shape, filter, x},
                  convolution(strides, padding, data_format, dilations, 3));
}

Tensor max_pool(const Tensor& x, const Dims& size, const Dims& strides, std::string_view padding,
                std::string_view data_format) {
  return pool("MaxPool", "MaxPool3D", x, size, strides, padding, data_format);
}
Tensor avg_pool(const Tensor& x, const Dims& size, const Dims& strides, std::string_view padding,
                std::string_view data_format) {
  return pool("AvgPool", "AvgPool3D", x, size, strides, padding, data_format);
}

BatchNorm fused_batch_norm(const Tensor& x, const Tensor& scale, const Tensor& offset, const Tensor& mean,
                           const Tensor& variance, double epsilon, bool is_training, std::string_view data_format,
                           double factor) {
  const std::size_t spatial = x.shape().has_rank() && x.rank() == 5 ? 3 : 2;
  auto results = call_op("FusedBatchNormV3", {x, scale, offset, mean, variance},
                         {{"epsilon", static_cast<float>(epsilon)},
                          {"exponential_avg_factor", static_cast<float>(factor)},
                          {"data_format", format_name(channels_first(data_format), spatial)},
                          {"is_training", is_training}});
  return {results.at(0), results.at(1), results.at(2)};
}

}  // namespace hornbeam::ops
