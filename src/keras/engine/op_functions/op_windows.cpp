// Convolutions and pooling.
#include <array>
#include <cctype>

#include "hornbeam/errors.hpp"
#include "keras/engine/op_function_calls.h"
#include "keras/engine/op_function_rows.h"
#include "keras/engine/op_function_values.h"

namespace hornbeam {
namespace {

using namespace op_calls;  // NOLINT

bool channels_first(const std::string& format) { return format == "channels_first" || format.starts_with("NC"); }

// The spatial values of an argument that may name those of batch and channels as well.
Ints spatial(const Config& config, std::size_t n, std::int64_t otherwise, bool first) {
  if (config.is_null()) return Ints(n, otherwise);
  auto values = config.as_ints();
  if (values.size() == n + 2) {
    const auto begin = values.begin() + (first ? 2 : 1);
    return {begin, begin + static_cast<std::ptrdiff_t>(n)};
  }
  return each(config, n);
}
std::string padding_of(const OpCall& a, std::size_t i) {
  if (a.plain(i).is_list()) throw NotImplementedError("explicit paddings are not yet supported");
  auto padding = a.text(i, "VALID");
  for (auto& c : padding) c = static_cast<char>(std::toupper(c));
  return padding;
}
// Channels last, and one spatial dim as two.
struct Image {
  Tensor x;
  std::size_t dims;
  bool first;
};
Image image_of(const OpCall& a, std::size_t format) {
  const auto x = a.tensor(0);
  const bool first = channels_first(a.text(format, "NHWC"));
  const auto dims = x.shape().rank() - 2;
  auto last = first ? moved(x, {1}, {-1}) : x;
  return {dims == 1 ? ops::expand_dims(last, 1) : last, dims, first};
}
Tensor given_back(const Image& image, const Tensor& y) {
  const auto last = image.dims == 1 ? ops::squeeze(y, {1}) : y;
  return image.first ? moved(last, {-1}, {1}) : last;
}
Ints with_one(Ints values) {
  if (values.size() == 1) values.insert(values.begin(), 1);
  return values;
}

// Arguments: x, kernel, strides, padding, data_format, dilations.
Values conv(const OpCall& a) {
  const auto image = image_of(a, 4);
  const auto strides = with_one(spatial(a.plain(2), image.dims, 1, image.first));
  const auto dilations = with_one(spatial(a.plain(5), image.dims, 1, image.first));
  auto kernel = ops::cast(a.tensor(1), image.x.dtype());
  if (image.dims == 1) kernel = ops::expand_dims(kernel, 0);
  const auto run = image.dims == 3 ? ops::conv3d : ops::conv2d;
  return given_back(image, run(image.x, kernel, strides, padding_of(a, 3), "NHWC", dilations));
}
Tensor depthwise(const Image& image, const OpCall& a, Tensor kernel, std::size_t at) {
  auto strides = spatial(a.plain(at), image.dims, 1, image.first);
  auto dilations = spatial(a.plain(at + 3), image.dims, 1, image.first);
  // TensorFlow's op has one stride for both dims.
  if (strides.size() == 1) strides.insert(strides.begin(), strides[0]);
  if (image.dims == 1) kernel = ops::expand_dims(kernel, 0);
  return ops::depthwise_conv2d(image.x, kernel, strides, padding_of(a, at + 1), "NHWC", with_one(dilations));
}
Values depthwise_conv(const OpCall& a) {
  const auto image = image_of(a, 4);
  return given_back(image, depthwise(image, a, ops::cast(a.tensor(1), image.x.dtype()), 2));
}
Values separable_conv(const OpCall& a) {
  const auto image = image_of(a, 5);
  auto point = ops::cast(a.tensor(2), image.x.dtype());
  if (image.dims == 1) point = ops::expand_dims(point, 0);
  const auto deep = depthwise(image, a, ops::cast(a.tensor(1), image.x.dtype()), 3);
  return given_back(image, ops::conv2d(deep, point));
}
// Arguments: x, size, strides, padding, data_format.
template <Tensor (*Pool)(const Tensor&, const ops::Dims&, const ops::Dims&, std::string_view, std::string_view)>
Values pool(const OpCall& a) {
  const auto image = image_of(a, 4);
  const auto size = with_one(spatial(a.plain(1), image.dims, 1, image.first));
  const auto strides = a.plain(2).is_null() ? size : with_one(spatial(a.plain(2), image.dims, 1, image.first));
  return given_back(image, Pool(image.x, size, strides, padding_of(a, 3), "NHWC"));
}
template <bool kToDepth>
Values space_depth(const OpCall& a) {
  const auto x = a.tensor(0);
  const bool first = channels_first(a.text(2, "NHWC"));
  const auto y = call_op1(kToDepth ? "SpaceToDepth" : "DepthToSpace", {first ? moved(x, {1}, {-1}) : x},
                          {{"block_size", a.integer(1, 1)}});
  return first ? moved(y, {-1}, {1}) : y;
}

constexpr std::array kWindows{
    special("compat.v1.nn.conv1d", "value filters stride= padding= data_format= dilations= use_cudnn_on_gpu=", conv),
    special("nn.conv1d", "input filters stride= padding= data_format= dilations=", conv),
    special("compat.v1.nn.conv2d", "input filter strides= padding= data_format= dilations= use_cudnn_on_gpu=", conv),
    special("nn.conv2d", "input filters strides= padding= data_format= dilations=", conv),
    special("nn.conv3d", "input filters strides= padding= data_format= dilations=", conv),
    special("compat.v1.nn.depthwise_conv2d", "input filter strides= padding= data_format= rate=", depthwise_conv),
    special("nn.depthwise_conv2d", "input filter strides= padding= data_format= dilations=", depthwise_conv),
    special("nn.max_pool1d", "input ksize= strides= padding= data_format=", pool<ops::max_pool>),
    special("nn.max_pool2d", "input ksize= strides= padding= data_format=", pool<ops::max_pool>),
    special("nn.max_pool3d", "input ksize= strides= padding= data_format=", pool<ops::max_pool>),
    special("nn.avg_pool1d", "input ksize= strides= padding= data_format=", pool<ops::avg_pool>),
    special("nn.avg_pool2d", "input ksize= strides= padding= data_format=", pool<ops::avg_pool>),
    special("nn.avg_pool3d", "input ksize= strides= padding= data_format=", pool<ops::avg_pool>),
    special("nn.space_to_depth", "input block_size= data_format=", space_depth<true>, "ops>SpaceToDepth"),
    special("nn.depth_to_space", "input block_size= data_format=", space_depth<false>, "ops>DepthToSpace"),
    special("ops>SpaceToDepth", "x block_size= data_format=", space_depth<true>),
    special("ops>DepthToSpace", "x block_size= data_format=", space_depth<false>),
    special("ops>Conv", "inputs kernel strides= padding= data_format= dilation_rate=", conv),
    special("ops>DepthwiseConv", "inputs kernel strides= padding= data_format= dilation_rate=", depthwise_conv),
    special("ops>SeparableConv",
            "inputs depthwise_kernel pointwise_kernel strides= padding= data_format= dilation_rate=", separable_conv),
    special("ops>MaxPool", "inputs pool_size= strides= padding= data_format=", pool<ops::max_pool>),
    special("ops>AveragePool", "inputs pool_size= strides= padding= data_format=", pool<ops::avg_pool>),
};

}  // namespace
}  // namespace hornbeam

HB_REGISTER(op_windows) { hornbeam::add_op_functions("nn", hornbeam::kWindows); }
