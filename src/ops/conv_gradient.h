// What the gradients of convolutions share: which op's attrs go where, and the checks of their sizes.
#pragma once

#include "ops/conv.h"
#include "ops/gradient.h"

namespace hornbeam {

// The attrs that a convolution and the ops of its gradients have in common.
inline Attrs conv_attrs(const GradientContext& c) {
  return pick(c.attrs(), {"strides", "use_cudnn_on_gpu", "padding", "explicit_paddings", "data_format", "dilations"});
}

// For input and filter of `forward`(input, filter), by the ops of these names.
template <class Names>
Tensors conv_gradient(const GradientContext& c) {
  const auto &x = c.input(0), &filter = c.input(1);
  const auto grad = c.grad();
  return {
      c.if_wanted(0,
                  [&] {
                    return call_op1(Names::kInput, {shape_of(x), filter, grad}, conv_attrs(c));
                  }),
      c.if_wanted(1,
                  [&] {
                    return call_op1(Names::kFilter, {x, shape_of(filter), grad}, conv_attrs(c));
                  }),
  };
}
// Of BackpropInput(sizes, filter, gradient).
template <class Names>
Tensors conv_input_gradient(const GradientContext& c) {
  const auto &filter = c.input(1), &dy = c.input(2);
  const auto grad = c.grad();
  return {
      {},
      c.if_wanted(1,
                  [&] {
                    return call_op1(Names::kFilter, {grad, shape_of(filter), dy}, conv_attrs(c));
                  }),
      c.if_wanted(2,
                  [&] {
                    return call_op1(Names::kForward, {grad, filter}, conv_attrs(c));
                  }),
  };
}
// Of BackpropFilter(input, sizes, gradient).
template <class Names>
Tensors conv_filter_gradient(const GradientContext& c) {
  const auto &x = c.input(0), &dy = c.input(2);
  const auto grad = c.grad();
  return {
      c.if_wanted(0,
                  [&] {
                    return call_op1(Names::kInput, {shape_of(x), grad, dy}, conv_attrs(c));
                  }),
      {},
      c.if_wanted(2,
                  [&] {
                    return call_op1(Names::kForward, {x, grad}, conv_attrs(c));
                  }),
  };
}

// Families of a convolution and its gradients.
struct Conv2DNames {
  static constexpr std::size_t kRank = 4;
  static constexpr bool kOnGpu = true;  // TensorFlow's has the attr use_cudnn_on_gpu
  static constexpr const char *kForward = "Conv2D", *kInput = "Conv2DBackpropInput", *kFilter = "Conv2DBackpropFilter";
};
struct Conv3DNames {
  static constexpr std::size_t kRank = 5;
  static constexpr bool kOnGpu = false;
  static constexpr const char *kForward = "Conv3D", *kInput = "Conv3DBackpropInputV2",
                              *kFilter = "Conv3DBackpropFilterV2";
};
struct DepthwiseNames {
  static constexpr std::size_t kRank = 4;
  static constexpr bool kOnGpu = false;
  static constexpr const char *kForward = "DepthwiseConv2dNative", *kInput = "DepthwiseConv2dNativeBackpropInput",
                              *kFilter = "DepthwiseConv2dNativeBackpropFilter";
};

// An op of the family, but for its inputs.
template <class Names>
OpDef conv_op(const char* name) {
  auto op = conv_op(name, Names::kRank);
  return Names::kOnGpu ? std::move(op).attr("use_cudnn_on_gpu: bool = true") : std::move(op);
}

// BackpropInput by kernels::InputGradient, which must support the shape. A filter that never changes is packed once.
std::unique_ptr<Kernel> input_gradient_kernel(const KernelSpec& spec, const kernels::Conv2DShape& shape,
                                              std::int64_t images, bool depthwise);

// Throws InvalidArgumentError unless the gradient is of as many images as the input.
inline void check_same_batch(const Shape& in, const Shape& grad, const char* op) {
  if (in[0] >= 0 && grad[0] >= 0 && in[0] != grad[0]) {
    throw InvalidArgumentError(std::string(op) +
                               ": input and out_backprop must have the same batch size. Input batch: " +
                               std::to_string(in[0]) + ", outbackprop batch: " + std::to_string(grad[0]));
  }
}

// Throws InvalidArgumentError unless the gradient has the size that the convolution would have made.
template <std::size_t kRank>
void check_gradient_size(const WindowAttrs& attrs, const Shape& in, const std::vector<std::int64_t>& kernel,
                         const Shape& grad, const char* op) {
  for (std::size_t i = 0; i < kRank - 2; ++i) {
    const auto s = attrs.layout.spatial(i);
    const auto d = attrs.dim(i, in[s], kernel[i], op);
    if (d.out >= 0 && grad[s] >= 0 && d.out != grad[s]) {
      throw InvalidArgumentError(std::string(op) + ": Size of out_backprop doesn't match computed: actual = " +
                                 std::to_string(grad[s]) + ", computed = " + std::to_string(d.out) +
                                 " spatial_dim: " + std::to_string(i) + " input: " + std::to_string(in[s]) +
                                 " filter: " + std::to_string(kernel[i]) + " output: " + std::to_string(grad[s]) +
                                 " stride: " + std::to_string(d.stride) + " dilation: " + std::to_string(d.dilation));
    }
  }
}

}  // namespace hornbeam
