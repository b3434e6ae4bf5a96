// What enters a function: its parameters and constants. The executor knows these ops by name; they have no kernels.
#include "ops/op_def.h"

namespace hornbeam {
namespace {

std::vector<Shape> const_shape(const ShapeContext& c) { return {c.attrs().tensor("value").shape()}; }

std::vector<Shape> unknown_shape(const ShapeContext&) { return {Shape::unknown()}; }

std::vector<Tensor> const_value(const Attrs& attrs, std::span<const Tensor>) { return {attrs.tensor("value")}; }

}  // namespace
}  // namespace hornbeam

HB_REGISTER(function_inputs) {
  using namespace hornbeam;
  add_op(OpDef("_Arg").output("output: T").attr("T: type").attr("index: int").shape(unknown_shape).stateful());
  add_op(OpDef("Const")
             .output("output: dtype")
             .attr("value: tensor")
             .attr("dtype: type")
             .shape(const_shape)
             .dynamic(const_value));
}
