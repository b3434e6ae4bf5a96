// Signatures of the ops that ask for variables. None has a kernel: a resource is no buffer, so the executor handles
// them (eagerly a Variable is read by converting it to a Tensor).
#include "hornbeam/variable.hpp"
#include "ops/op_def.h"

namespace hornbeam {
namespace {

std::vector<Shape> scalar(const ShapeContext&) { return {Shape{}}; }
std::vector<Shape> unknown(const ShapeContext&) { return {Shape::unknown()}; }
std::vector<Shape> vector(const ShapeContext&) { return {Shape{None}}; }

}  // namespace
}  // namespace hornbeam

HB_REGISTER(read_variable) {
  using namespace hornbeam;
  add_op(OpDef("VarHandleOp")
             .output("resource: resource")
             .attr("container: string = ''")
             .attr("shared_name: string = ''")
             .attr("debug_name: string = ''")
             .attr("dtype: type")
             .attr("shape: shape")
             .attr("allowed_devices: list(string) = []")
             .shape(scalar)
             .stateful()
             .no_gradient());
  // The recorder or loader says the shape, which only the variable knows.
  add_op(OpDef("ReadVariableOp")
             .input("resource: resource")
             .output("value: dtype")
             .attr("dtype: type")
             .shape(unknown)
             .stateful()
             .no_gradient());
  add_op(OpDef("VarIsInitializedOp")
             .input("resource: resource")
             .output("is_initialized: bool")
             .shape(scalar)
             .stateful()
             .no_gradient());
  add_op(OpDef("VariableShape")
             .input("input: resource")
             .output("output: out_type")
             .attr("out_type: type = int32")
             .shape(vector)
             .stateful()
             .no_gradient());
}
