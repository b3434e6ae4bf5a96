// What enters a function: constants, parameters (_Arg) and placeholders. The executor knows these ops by name;
// parameters have no kernels. And NoOp, which nothing enters.
#include "ops/shape_math.h"

namespace hornbeam {
namespace {

std::vector<Shape> const_shape(const ShapeContext& c) {
  const auto& value = c.attrs().tensor("value");
  if (value.dtype() != c.attrs().type("dtype")) {
    throw InvalidArgumentError("Const: attr 'value' is of dtype " + std::string(name_of(value.dtype())) +
                               ", attr 'dtype' says " + std::string(name_of(c.attrs().type("dtype"))));
  }
  return {value.shape()};
}

std::vector<Tensor> const_value(const Attrs& attrs, std::span<const Tensor>) { return {attrs.tensor("value")}; }

std::vector<Shape> placeholder_shape(const ShapeContext& c) {
  const auto& shape = c.attrs().shape("shape");
  return {shape};
}
std::vector<Shape> function_input_shape(const ShapeContext& c) {
  // _Arg says its shape, when it does, in an attr that TensorFlow adds.
  const auto* known = c.attrs().find("_output_shapes");
  const auto* shapes = known ? std::get_if<std::vector<Shape>>(known) : nullptr;
  return {shapes && shapes->size() == 1 ? shapes->front() : Shape::unknown()};
}

std::vector<Shape> no_shapes(const ShapeContext&) { return {}; }
std::vector<Tensor> no_op(const Attrs&, std::span<const Tensor>) { return {}; }

}  // namespace
}  // namespace hornbeam

HB_REGISTER(constants) {
  using namespace hornbeam;
  add_op(OpDef("Const")
             .output("output: dtype")
             .attr("value: tensor")
             .attr("dtype: type")
             .shape(const_shape)
             .dynamic(const_value)
             .no_gradient());
  add_op(OpDef("Placeholder")
             .output("output: dtype")
             .attr("dtype: type")
             .attr("shape: shape = unknown")
             .shape(placeholder_shape)
             .no_gradient());
  add_op(OpDef("_Arg")
             .output("output: T")
             .attr("T: type")
             .attr("index: int")
             .shape(function_input_shape)
             .stateful()
             .no_gradient());
  add_op(OpDef("NoOp").shape(no_shapes).dynamic(no_op).no_gradient());
}
