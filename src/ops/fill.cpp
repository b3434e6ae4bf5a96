// Fill, ZerosLike, OnesLike.
#include "ops/broadcast.h"
#include "ops/dispatch.h"
#include "ops/gradient.h"
#include "ops/layout_dispatch.h"
#include "ops/shape_math.h"
#include "ops/tensor_list.h"

namespace hornbeam {
namespace {

std::vector<Shape> fill_shape(const ShapeContext& c) {
  require_rank(c.shape(0), 1, "Fill", "dims");
  require_rank(c.shape(1), 0, "Fill", "value");
  return {dims_input(c, 0)};
}

std::unique_ptr<Kernel> fill_kernel(const KernelSpec& spec) {
  const auto n = spec.elements(0);
  return dispatch_layout(spec.outputs[0].dtype, "Fill", [&]<class T>() -> std::unique_ptr<Kernel> {
    return make_kernel([n](const KernelRun& io) { std::fill_n(io.output<T>(0), n, *io.input<T>(1)); });
  });
}

std::unique_ptr<Kernel> zeros_kernel(const KernelSpec& spec) {
  if (spec.inputs[0].dtype == DType::variant) return zero_lists_kernel(spec);
  const auto n = spec.elements(0);
  return dispatch_layout(spec.outputs[0].dtype, "ZerosLike", [&]<class T>() -> std::unique_ptr<Kernel> {
    return make_kernel([n](const KernelRun& io) { std::fill_n(io.output<T>(0), n, T{}); });
  });
}

std::unique_ptr<Kernel> ones_kernel(const KernelSpec& spec) {
  const auto n = spec.elements(0);
  return dispatch<NumberAndBoolTypes>(spec.outputs[0].dtype, "OnesLike", [&]<class T>() -> std::unique_ptr<Kernel> {
    return make_kernel([n](const KernelRun& io) { std::fill_n(io.output<T>(0), n, static_cast<T>(1)); });
  });
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(fill) {
  using namespace hornbeam;
  add_op(OpDef("Fill")
             .input("dims: index_type")
             .input("value: T")
             .output("output: T")
             .attr("T: type")
             .attr("index_type: type = int32")
             .shape(fill_shape)
             .kernel(fill_kernel)
             .gradient([](const GradientContext& c) -> Tensors {
               return {{}, ops::reduce_sum(c.grad())};
             }));
  add_op(OpDef("ZerosLike")
             .input("x: T")
             .output("y: T")
             .attr("T: type")
             .shape(same_shape)
             .list([](const ShapeContext& c) { return list_input(c, 0); })
             .kernel(zeros_kernel)
             .no_gradient());
  add_op(OpDef("OnesLike")
             .input("x: T")
             .output("y: T")
             .attr("T: type")
             .shape(same_shape)
             .kernel(ones_kernel)
             .no_gradient());
}
