// Signatures of the ops that call functions: If, Case, While, PartitionedCall, and their stateless or stateful forms.
#include "ops/dispatch.h"
#include "ops/function_body.h"
#include "ops/shape_math.h"

namespace hornbeam {
namespace {

// The shapes the attr says, or unknown ones.
std::vector<Shape> told_shapes(const ShapeContext& c, std::size_t count) {
  const auto& told = c.attrs().shapes("output_shapes");
  if (told.empty()) return std::vector<Shape>(count, Shape::unknown());
  if (told.size() != count) {
    throw InvalidArgumentError("`output_shapes` must be the same length as num outputs (" +
                               std::to_string(told.size()) + " vs. " + std::to_string(count));
  }
  return told;
}

std::vector<Shape> branch_shapes(const ShapeContext& c) { return told_shapes(c, c.attrs().types("Tout").size()); }

std::vector<Shape> loop_shapes(const ShapeContext& c) {
  if (!c.attrs().shapes("output_shapes").empty()) return told_shapes(c, c.num_inputs());
  std::vector<Shape> shapes;
  for (std::size_t i = 0; i < c.num_inputs(); ++i) shapes.push_back(c.shape(i));
  return shapes;
}

std::vector<Shape> call_shapes(const ShapeContext& c) {
  return std::vector<Shape>(c.attrs().types("Tout").size(), Shape::unknown());
}

template <CallKind kKind>
Tensors run(const Attrs& attrs, std::span<const Tensor> inputs) {
  return callee(kKind, attrs).run_call(kKind, attrs, inputs);
}

template <CallKind kKind>
Tensors gradient(const GradientContext& c) {
  return callee(kKind, c.attrs()).call_gradient(kKind, c);
}

template <CallKind kKind>
OpDef calling(OpDef op, bool stateful) {
  op.calls = kKind;
  op.dynamic_fn = run<kKind>;
  op.gradient_fn = gradient<kKind>;
  op.is_stateful = stateful;
  return op;
}

void add_if(const char* name, bool stateful) {
  add_op(calling<CallKind::branches>(OpDef(name)
                                         .input("cond: Tcond")
                                         .input("input: Tin")
                                         .output("output: Tout")
                                         .attr("Tcond: type")
                                         .attr("Tin: list(type)")
                                         .attr("Tout: list(type)")
                                         .attr("then_branch: func")
                                         .attr("else_branch: func")
                                         .attr("output_shapes: list(shape) = []")
                                         .shape(branch_shapes),
                                     stateful));
}

void add_case(const char* name, bool stateful) {
  add_op(calling<CallKind::branches>(OpDef(name)
                                         .input("branch_index: int32")
                                         .input("input: Tin")
                                         .output("output: Tout")
                                         .attr("Tin: list(type)")
                                         .attr("Tout: list(type)")
                                         .attr("branches: list(func)")
                                         .attr("output_shapes: list(shape) = []")
                                         .shape(branch_shapes),
                                     stateful));
}

void add_while(const char* name, bool stateful) {
  add_op(calling<CallKind::loop>(OpDef(name)
                                     .input("input: T")
                                     .output("output: T")
                                     .attr("T: list(type)")
                                     .attr("cond: func")
                                     .attr("body: func")
                                     .attr("output_shapes: list(shape) = []")
                                     .attr("parallel_iterations: int = 10")
                                     .shape(loop_shapes),
                                 stateful));
}

void add_call(const char* name, bool stateful) {
  add_op(calling<CallKind::once>(OpDef(name)
                                     .input("args: Tin")
                                     .output("output: Tout")
                                     .attr("Tin: list(type)")
                                     .attr("Tout: list(type)")
                                     .attr("f: func")
                                     .attr("config: string = ''")
                                     .attr("config_proto: string = ''")
                                     .attr("executor_type: string = ''")
                                     .shape(call_shapes),
                                 stateful));
}

}  // namespace

std::vector<FunctionAttr> called_functions(CallKind kind, const Attrs& attrs) {
  if (kind == CallKind::loop) return {attrs.function("cond"), attrs.function("body")};
  if (kind == CallKind::once) return {attrs.function("f")};
  if (attrs.has("branches")) return attrs.functions("branches");
  return {attrs.function("then_branch"), attrs.function("else_branch")};
}

const FunctionBody& callee(CallKind kind, const Attrs& attrs) {
  const auto functions = called_functions(kind, attrs);
  if (functions.empty()) throw InvalidArgumentError("an op that chooses between functions has none");
  if (!functions[0].body) throw NotImplementedError("Function '" + functions[0].name + "' is not known.");
  return *functions[0].body;
}

bool is_true(const Tensor& condition) {
  if (condition.num_elements() != 1 || condition.rank() != 0) return condition.num_elements() != 0;
  if (condition.dtype() == DType::string) return !condition.data<std::string>()[0].empty();
  return dispatch<NumberAndBoolTypes>(condition.dtype(), "If", [&]<class T>() {
    return static_cast<compute_t<T>>(condition.data<T>()[0]) != compute_t<T>{};
  });
}

std::size_t chosen_branch(const Attrs& attrs, const Tensor& selector, std::size_t count) {
  if (!attrs.has("branches")) return is_true(selector) ? 0 : 1;
  if (selector.num_elements() != 1 || selector.dtype() != DType::int32) {
    throw InvalidArgumentError("branch_index must be a scalar int32, received " + selector.to_string());
  }
  const auto index = selector.data<std::int32_t>()[0];
  const auto n = static_cast<std::int64_t>(count);
  return static_cast<std::size_t>(index < 0 || index >= n ? n - 1 : index);
}

}  // namespace hornbeam

HB_REGISTER(control_flow) {
  using namespace hornbeam;
  add_if("If", true);
  add_if("StatelessIf", false);
  add_case("Case", true);
  add_case("StatelessCase", false);
  add_while("While", true);
  add_while("StatelessWhile", false);
  add_call("StatefulPartitionedCall", true);
  add_call("PartitionedCall", false);
}
