// ResizeNearestNeighbor and its gradient: each output pixel is one input pixel.
#include <algorithm>
#include <cmath>

#include "ops/dispatch.h"
#include "ops/gradient.h"
#include "ops/image/resized_shape.h"
#include "ops/image/taps.h"
#include "ops/layout_dispatch.h"

namespace hornbeam {
namespace {

std::vector<Shape> nearest_shape(const ShapeContext& c) { return image::resized_shape(c, "ResizeNearestNeighbor"); }

// For each output index the input's, computed in float32 as TensorFlow does.
std::vector<std::int64_t> nearest(const Attrs& attrs, std::int64_t inputs, std::int64_t outputs) {
  const bool corners = attrs.b("align_corners"), centers = attrs.b("half_pixel_centers");
  const float step = image::Scale(inputs, outputs, corners, centers).step;
  std::vector<std::int64_t> out;
  for (std::int64_t i = 0; i < outputs; ++i) {
    const float in = centers ? (static_cast<float>(i) + 0.5F) * step : static_cast<float>(i) * step;
    const auto at = static_cast<std::int64_t>(corners ? std::round(in) : std::floor(in));
    out.push_back(std::clamp<std::int64_t>(at, 0, inputs - 1));
  }
  return out;
}

std::unique_ptr<Kernel> nearest_kernel(const KernelSpec& spec) {
  const auto in = spec.inputs[0].shape, out = spec.outputs[0].shape;
  if (out.num_elements() == 0) return make_kernel([](const KernelRun&) {});
  const auto rows = nearest(spec.attrs, in[1], out[1]), columns = nearest(spec.attrs, in[2], out[2]);
  return dispatch_layout(spec.inputs[0].dtype, "ResizeNearestNeighbor", [&]<class T>() -> std::unique_ptr<Kernel> {
    return make_kernel([=](const KernelRun& io) {
      T* y = io.output<T>(0);
      for (std::int64_t n = 0; n < in[0]; ++n) {
        for (const auto row : rows) {
          const T* line = io.input<T>(0) + (n * in[1] + row) * in[2] * in[3];
          for (const auto column : columns) y = std::copy_n(line + column * in[3], in[3], y);
        }
      }
    });
  });
}

std::unique_ptr<Kernel> nearest_grad_kernel(const KernelSpec& spec) {
  const auto grads = spec.inputs[0].shape, out = spec.outputs[0].shape;
  const auto total = out.num_elements();
  if (grads.num_elements() == 0 || total == 0) {
    return dispatch_layout(
        spec.inputs[0].dtype, "ResizeNearestNeighborGrad", [&]<class T>() -> std::unique_ptr<Kernel> {
          return make_kernel([total](const KernelRun& io) { std::fill_n(io.output<T>(0), total, T{}); });
        });
  }
  const auto rows = nearest(spec.attrs, out[1], grads[1]), columns = nearest(spec.attrs, out[2], grads[2]);
  return dispatch<NumberTypes>(spec.inputs[0].dtype, "ResizeNearestNeighborGrad",
                               [&]<class T>() -> std::unique_ptr<Kernel> {
                                 return make_kernel([=](const KernelRun& io) {
                                   using C = compute_t<T>;
                                   std::vector<C> sums(static_cast<std::size_t>(total));
                                   const T* g = io.input<T>(0);
                                   for (std::int64_t n = 0; n < out[0]; ++n) {
                                     for (const auto row : rows) {
                                       C* line = sums.data() + (n * out[1] + row) * out[2] * out[3];
                                       for (const auto column : columns) {
                                         for (std::int64_t c = 0; c < out[3]; ++c) {
                                           C& sum = line[column * out[3] + c];
                                           sum = static_cast<C>(sum + static_cast<C>(*g++));
                                         }
                                       }
                                     }
                                   }
                                   T* y = io.output<T>(0);
                                   for (std::size_t i = 0; i < sums.size(); ++i) y[i] = static_cast<T>(sums[i]);
                                 });
                               });
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(resize_nearest) {
  using namespace hornbeam;
  add_op(OpDef("ResizeNearestNeighbor")
             .input("images: T")
             .input("size: int32")
             .output("resized_images: T")
             .attr("T: type")
             .attr("align_corners: bool = false")
             .attr("half_pixel_centers: bool = false")
             .shape(nearest_shape)
             .kernel(nearest_kernel)
             .gradient([](const GradientContext& c) -> Tensors {
               const auto size = ops::slice(ops::shape(c.input(0)), {1}, {2});
               const auto attrs = pick(c.attrs(), {"align_corners", "half_pixel_centers"});
               return {call_op1("ResizeNearestNeighborGrad", {c.grad(), size}, attrs), {}};
             }));
  add_op(OpDef("ResizeNearestNeighborGrad")
             .input("grads: T")
             .input("size: int32")
             .output("output: T")
             .attr("T: type")
             .attr("align_corners: bool = false")
             .attr("half_pixel_centers: bool = false")
             .shape(nearest_shape)
             .kernel(nearest_grad_kernel)
             .gradient([](const GradientContext& c) -> Tensors {
               const auto size = ops::slice(ops::shape(c.input(0)), {1}, {2});
               const auto attrs = pick(c.attrs(), {"align_corners", "half_pixel_centers"});
               return {call_op1("ResizeNearestNeighbor", {c.grad(), size}, attrs), {}};
             }));
}
