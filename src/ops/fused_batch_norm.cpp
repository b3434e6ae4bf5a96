// _FusedBatchNormEx: FusedBatchNormV3 followed by an addition (of a further input) and a relu, and
// _FusedBatchNormGradEx: FusedBatchNormGradV3 of what came through a relu. The executor makes them of training steps.
// float32, channels last.
#include "ops/batch_norm.h"

namespace hornbeam {
namespace {

std::vector<Shape> forward_shape(const ShapeContext& c) {
  std::vector<TensorSpec> inputs;
  for (std::size_t i = 0; i < 5; ++i) inputs.push_back({c.dtype(i), c.shape(i)});
  return get_op("FusedBatchNormV3").shape_fn(ShapeContext(c.attrs(), inputs, {}));
}
std::vector<Shape> backward_shape(const ShapeContext& c) {
  std::vector<TensorSpec> inputs;
  for (std::size_t i = 0; i < 5; ++i) inputs.push_back({c.dtype(i), c.shape(i)});
  auto shapes = get_op("FusedBatchNormGradV3").shape_fn(ShapeContext(c.attrs(), inputs, {}));
  shapes.resize(3);
  return shapes;
}

std::unique_ptr<Kernel> staged(std::unique_ptr<Kernel> kernel, const char* op) {
  if (!kernel) throw TypeError("Op '" + std::string(op) + "' has a kernel for float32 with channels last only");
  return kernel;
}
std::unique_ptr<Kernel> forward_kernel(const KernelSpec& spec) {
  const BatchNormExtras extras{spec.attrs.b("relu"), spec.inputs.size() > 5 ? std::size_t{5} : 0};
  return staged(staged_batch_norm(spec, extras), "_FusedBatchNormEx");
}
std::unique_ptr<Kernel> backward_kernel(const KernelSpec& spec) {
  return staged(staged_batch_norm_grad(spec, true, 5), "_FusedBatchNormGradEx");
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(fused_batch_norm) {
  using namespace hornbeam;
  add_op(OpDef("_FusedBatchNormEx")
             .input("x: T")
             .input("scale: T")
             .input("offset: T")
             .input("mean: T")
             .input("variance: T")
             .input("side: num_side * T")
             .output("y: T")
             .output("batch_mean: T")
             .output("batch_variance: T")
             .output("reserve_space_1: T")
             .output("reserve_space_2: T")
             .output("reserve_space_3: T")
             .attr("T: type")
             .attr("num_side: int")
             .attr("relu: bool = false")
             .attr("epsilon: float = 0.0001")
             .attr("exponential_avg_factor: float = 1")
             .attr("data_format: string = 'NHWC'")
             .attr("is_training: bool = true")
             .shape(forward_shape)
             .kernel(forward_kernel));
  add_op(OpDef("_FusedBatchNormGradEx")
             .input("y_backprop: T")
             .input("x: T")
             .input("scale: T")
             .input("reserve_space_1: T")
             .input("reserve_space_2: T")
             .input("offset: T")
             .output("x_backprop: T")
             .output("scale_backprop: T")
             .output("offset_backprop: T")
             .attr("T: type")
             .attr("epsilon: float = 0.0001")
             .attr("data_format: string = 'NHWC'")
             .attr("is_training: bool = true")
             .shape(backward_shape)
             .kernel(backward_kernel));
}
