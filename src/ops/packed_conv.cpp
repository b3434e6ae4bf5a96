#include "ops/packed_conv.h"

#include <algorithm>

#include "ops/kernels/conv.h"
#include "ops/window.h"

namespace hornbeam {
namespace {

bool serves(const KernelSpec& spec, const FusedArgs& fused) {
  if (spec.inputs[0].dtype != DType::float32 || spec.attrs.s("data_format") != "NHWC") return false;
  if (fused.bias && spec.inputs[fused.bias].shape.num_elements() != spec.outputs[0].shape.back()) return false;
  if (spec.elements(0) == 0 || spec.inputs[0].shape.num_elements() == 0) return false;
  return !fused.residual || spec.inputs[fused.residual].shape == spec.outputs[0].shape;
}

kernels::Conv2DShape conv_shape(const KernelSpec& spec, bool depthwise) {
  const auto attrs = window_attrs(spec.attrs, 4, "Conv2D");
  const auto &in = spec.inputs[0].shape, &filter = spec.inputs[1].shape;
  kernels::Conv2DShape s;
  const auto after = [](const WindowDim& d) {
    const auto reach = (d.out - 1) * d.stride + (d.kernel - 1) * d.dilation + 1;
    return std::max<std::int64_t>(0, reach - d.in - d.pad_before);
  };
  const auto h = attrs.dim(0, in[1], filter[0], "Conv2D"), w = attrs.dim(1, in[2], filter[1], "Conv2D");
  s.height = in[1];
  s.width = in[2];
  s.channels = in[3];
  s.kernel_height = filter[0];
  s.kernel_width = filter[1];
  s.out_channels = depthwise ? filter[2] * filter[3] : filter[3];
  s.stride_h = h.stride;
  s.stride_w = w.stride;
  s.dilation_h = h.dilation;
  s.dilation_w = w.dilation;
  s.pad_top = h.pad_before;
  s.pad_left = w.pad_before;
  s.pad_bottom = after(h);
  s.pad_right = after(w);
  s.groups = depthwise ? 1 : in[3] / filter[2];
  return s;
}

}  // namespace

std::unique_ptr<Kernel> packed_conv2d(const KernelSpec& spec, const FusedArgs& fused, bool depthwise) {
  if (!serves(spec, fused)) return nullptr;
  const auto shape = conv_shape(spec, depthwise);
  const Shape product{spec.inputs[0].shape[0], shape.out_height(), shape.out_width(), shape.out_channels};
  if (fused.residual && product != spec.outputs[0].shape) return nullptr;
  const kernels::Conv2DOptions options{fused.activation, fused.max_pool, depthwise, fused.residual != 0};
  const auto conv = std::make_shared<const kernels::Conv2D>(shape, options);
  // Filters that never change are packed once, others first of all in each run.
  std::shared_ptr<kernels::AlignedBuffer<float>> ready;
  const auto known = [&](std::size_t i) { return spec.value(i)->data<float>().data(); };
  if (spec.value(1) && (!fused.bias || spec.value(fused.bias))) {
    ready = std::make_shared<kernels::AlignedBuffer<float>>(conv->packed_size());
    conv->pack_part(known(1), fused.bias ? known(fused.bias) : nullptr, ready->data(), {});
  }
  std::vector<KernelStage> stages;
  if (!ready) {
    stages.push_back({4.0 * static_cast<double>(conv->packed_size()), [=](const KernelRun& io, kernels::Part part) {
                        const auto* bias = fused.bias ? io.input<float>(fused.bias) : nullptr;
                        conv->pack_part(io.input<float>(1), bias, reinterpret_cast<float*>(io.scratch), part);
                      }});
  }
  const auto images = spec.inputs[0].shape[0];
  const double work = kernels::conv_work(shape, depthwise) * static_cast<double>(images);
  stages.push_back({work, [=](const KernelRun& io, kernels::Part part) {
                      const auto* packed = ready ? ready->data() : reinterpret_cast<const float*>(io.scratch);
                      const auto* residual = fused.residual ? io.input<float>(fused.residual) : nullptr;
                      conv->run_part(images, io.input<float>(0), io.output<float>(0), residual, packed, part);
                    }});
  const auto floats = ready ? 0 : static_cast<std::size_t>(conv->packed_size());
  return make_staged_kernel(std::move(stages), floats * sizeof(float));
}

}  // namespace hornbeam
