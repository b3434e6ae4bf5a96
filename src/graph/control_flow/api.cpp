#include <algorithm>
#include <limits>

#include "graph/control_flow/trace_called.h"
#include "hornbeam/ops.hpp"
#include "hornbeam/ops_control.hpp"

namespace hornbeam::ops {
namespace {

using graph::CalledTrace;
using graph::Tracer;

// What both shapes allow.
Shape common_shape(const Shape& a, const Shape& b) {
  if (!a.has_rank() || !b.has_rank() || a.rank() != b.rank()) return Shape::unknown();
  Shape common = a;
  for (std::size_t i = 0; i < a.rank(); ++i) {
    if (a[i] != b[i]) common[i] = None;
  }
  return common;
}

TensorSpec result_spec(const CalledTrace& trace, std::size_t i) {
  return trace.function.graph.spec(trace.function.results[i]);
}

struct BranchNames {
  const char* what;   // "tf.cond"
  std::string first;  // "true_fn"
  std::string other;
};

void check_same_results(const CalledTrace& a, const CalledTrace& b, const BranchNames& names) {
  std::string wrong;
  if (a.function.results.size() != b.function.results.size()) {
    wrong = names.first + " gives " + std::to_string(a.function.results.size()) + " tensors, " + names.other + " " +
            std::to_string(b.function.results.size());
  }
  for (std::size_t i = 0; wrong.empty() && i < a.function.results.size(); ++i) {
    const auto x = result_spec(a, i).dtype, y = result_spec(b, i).dtype;
    if (x != y) {
      wrong = "result " + std::to_string(i) + " is " + std::string(name_of(x)) + " of " + names.first + " and " +
              std::string(name_of(y)) + " of " + names.other;
    }
  }
  if (wrong.empty()) return;
  throw TypeError(names.first + " and " + names.other + " arguments to " + names.what +
                  " must have the same number, type, and overall structure of return values: " + wrong);
}

// A condition as a scalar.
Tensor as_scalar(const Tensor& condition) {
  if (condition.is_concrete() && condition.num_elements() != 1) {
    throw ValueError("The truth value of an array with more than one element is ambiguous.");
  }
  return condition.shape().has_rank() && condition.rank() == 0 ? condition : reshape(condition, Shape{});
}

// Appends an If or Case of these branches.
std::vector<Tensor> choose(const std::string& op, const std::shared_ptr<Tracer>& tracer, const Tensor& selector,
                           std::vector<CalledTrace> traces) {
  const auto captured = graph::align_captures(traces, 0);
  std::vector<DType> dtypes;
  std::vector<Shape> shapes;
  for (std::size_t i = 0; i < traces[0].function.results.size(); ++i) {
    auto spec = result_spec(traces[0], i);
    for (const auto& trace : traces) spec.shape = common_shape(spec.shape, result_spec(trace, i).shape);
    dtypes.push_back(spec.dtype);
    shapes.push_back(spec.shape);
  }
  std::vector<FunctionAttr> functions;
  for (auto& trace : traces) functions.push_back(graph::function_attr(std::move(trace.function)));
  Attrs attrs{{"Tout", dtypes}, {"output_shapes", shapes}};
  if (op == "If") {
    attrs.set("then_branch", functions[0]);
    attrs.set("else_branch", functions[1]);
  } else {
    attrs.set("branches", functions);
  }
  std::vector<Tensor> inputs{selector};
  inputs.insert(inputs.end(), captured.begin(), captured.end());
  return call_op_on(tracer.get(), graph::stateless_or_not(op, functions), inputs, std::move(attrs));
}

CalledTrace trace_branch(const char* name, const std::shared_ptr<Tracer>& tracer, const Branch& branch) {
  return graph::trace_called(name, tracer, {}, [&](std::span<const Tensor>) { return branch(); });
}

// ---- loops ----

using Condition = std::function<Tensor(const std::vector<Tensor>&)>;
using Body = std::function<std::vector<Tensor>(const std::vector<Tensor>&)>;

void check_count(std::size_t expected, std::size_t found, const char* what) {
  if (expected == found) return;
  throw ValueError("The two structures don't have the same number of elements: while_loop has " +
                   std::to_string(expected) + " loop variables, " + what + " " + std::to_string(found));
}

std::vector<Tensor> loop_now(const Condition& condition, const Body& body, std::vector<Tensor> vars,
                             const WhileOptions& options) {
  std::int64_t turns = 0;
  while ((!options.maximum_iterations || turns++ < *options.maximum_iterations) &&
         is_true(as_scalar(condition(vars)))) {
    auto next = body(vars);
    check_count(vars.size(), next.size(), "the body gives");
    vars = std::move(next);
  }
  return vars;
}

// The loop variable as the next turn gets it.
Tensor checked_turn(const TensorSpec& enters, const Tensor& leaves, std::size_t i) {
  const auto name = std::to_string(i);
  if (enters.dtype != leaves.dtype()) {
    throw TypeError("Loop var " + name + " enters the loop with type " + std::string(name_of(enters.dtype)) +
                    " but has type " + std::string(name_of(leaves.dtype())) + " after 1 iteration.");
  }
  if (!enters.shape.has_rank() || common_shape(enters.shape, leaves.shape()) == enters.shape) return leaves;
  // What is not known of the shape is checked in each turn.
  if (leaves.shape().is_compatible_with(enters.shape)) return ensure_shape(leaves, enters.shape);
  throw ValueError("Input tensor '" + name + "' enters the loop with shape " + enters.shape.to_string() +
                   ", but has shape " + leaves.shape().to_string() +
                   " after one iteration. To allow the shape to vary across iterations, use the `shape_invariants` "
                   "argument of while_loop to specify a less-specific shape.");
}

// Loop variable 0 of the op counts turns; the caller's come after it.
class TracedLoop {
 public:
  TracedLoop(std::shared_ptr<Tracer> tracer, std::vector<Tensor> vars, const WhileOptions& options)
      : tracer_(std::move(tracer)), vars_(std::move(vars)), options_(options) {
    if (!options.shape_invariants.empty()) {
      check_count(vars_.size(), options.shape_invariants.size(), "`shape_invariants`");
    }
    specs_.push_back({DType::int32, Shape{}});
    for (std::size_t i = 0; i < vars_.size(); ++i) {
      TensorSpec spec{vars_[i].dtype(), vars_[i].shape()};
      if (!options.shape_invariants.empty()) spec.shape = options.shape_invariants[i];
      if (!spec.shape.is_compatible_with(vars_[i].shape())) {
        throw ValueError("The shape invariant specified for loop var " + std::to_string(i) +
                         " is not compatible with the initial shape of the loop variable. It enters the loop with "
                         "shape " +
                         vars_[i].shape().to_string() + ", but the specified shape invariant is " +
                         spec.shape.to_string() + ".");
      }
      specs_.push_back(std::move(spec));
    }
  }

  std::vector<Tensor> run(const Condition& condition, const Body& body) {
    // The body first: what it writes, the condition reads anew in each turn.
    auto turn_of = trace("while_body", {}, [&](const Tensor& turn, const std::vector<Tensor>& vars) {
      auto next = body(vars);
      check_count(vars.size(), next.size(), "the body gives");
      for (std::size_t i = 0; i < next.size(); ++i) next[i] = checked_turn(specs_[i + 1], next[i], i);
      next.insert(next.begin(), call_op1("AddV2", {turn, Tensor::scalar<std::int32_t>(1)}));
      return next;
    });
    std::vector<CalledTrace> traces;
    traces.push_back(trace("while_cond", turn_of.written, [&](const Tensor& turn, const std::vector<Tensor>& vars) {
      const auto wanted = as_scalar(condition(vars));
      if (wanted.dtype() != DType::boolean) {
        throw TypeError("while_loop: the condition gives " + std::string(name_of(wanted.dtype())) +
                        ", bool is expected");
      }
      if (!options_.maximum_iterations) return std::vector<Tensor>{wanted};
      const auto most = Tensor::scalar(static_cast<std::int32_t>(
          std::clamp<std::int64_t>(*options_.maximum_iterations, 0, std::numeric_limits<std::int32_t>::max())));
      return std::vector<Tensor>{logical_and(call_op1("Less", {turn, most}), wanted)};
    }));
    traces.push_back(std::move(turn_of));
    return append(std::move(traces));
  }

 private:
  template <class F>
  CalledTrace trace(const char* name, const std::vector<Variable>& changing, F&& f) const {
    return graph::trace_called(
        name, tracer_, specs_,
        [&](std::span<const Tensor> arguments) {
          return f(arguments[0], std::vector<Tensor>(arguments.begin() + 1, arguments.end()));
        },
        changing);
  }

  std::vector<Tensor> append(std::vector<CalledTrace> traces) {
    const auto captured = graph::align_captures(traces, specs_.size());
    auto& body = traces[1].function;
    std::vector<Tensor> inputs{Tensor::scalar<std::int32_t>(0)};
    inputs.insert(inputs.end(), vars_.begin(), vars_.end());
    inputs.insert(inputs.end(), captured.begin(), captured.end());
    std::vector<Shape> shapes;
    for (const auto& spec : specs_) shapes.push_back(spec.shape);
    for (std::size_t i = 0; i < captured.size(); ++i) {
      body.results.push_back({body.arguments[specs_.size() + i], 0});
      shapes.push_back(captured[i].shape());
    }
    const std::vector<FunctionAttr> functions{graph::function_attr(std::move(traces[0].function)),
                                              graph::function_attr(std::move(body))};
    Attrs attrs{{"cond", functions[0]},
                {"body", functions[1]},
                {"output_shapes", shapes},
                {"parallel_iterations", options_.parallel_iterations}};
    auto results = call_op_on(tracer_.get(), graph::stateless_or_not("While", functions), inputs, std::move(attrs));
    return {results.begin() + 1, results.begin() + 1 + static_cast<std::ptrdiff_t>(vars_.size())};
  }

  std::shared_ptr<Tracer> tracer_;
  std::vector<Tensor> vars_;
  const WhileOptions& options_;
  std::vector<TensorSpec> specs_;
};

}  // namespace

std::vector<Tensor> cond(const Tensor& condition, const Branch& true_fn, const Branch& false_fn) {
  if (condition.is_concrete()) return is_true(as_scalar(condition)) ? true_fn() : false_fn();
  const auto tracer = graph::tracer_for(std::span(&condition, 1), "ops::cond");
  std::vector<CalledTrace> traces;
  traces.push_back(trace_branch("cond_true", tracer, true_fn));
  traces.push_back(trace_branch("cond_false", tracer, false_fn));
  check_same_results(traces[0], traces[1], {"tf.cond", "true_fn", "false_fn"});
  return choose("If", tracer, as_scalar(condition), std::move(traces));
}

std::vector<Tensor> switch_case(const Tensor& index, const std::vector<Branch>& branches, const Branch& default_fn) {
  auto all = branches;
  if (default_fn) all.push_back(default_fn);
  if (all.empty()) throw ValueError("Must provide at least one item in branch_fns");
  if (index.dtype() != DType::int32) {
    throw TypeError("switch_case: the index is " + std::string(name_of(index.dtype())) + ", int32 is expected");
  }
  if (index.is_concrete()) {
    const auto i = index.item<std::int32_t>();  // the last branch takes what is out of range
    return all[i < 0 ? all.size() - 1 : std::min(static_cast<std::size_t>(i), all.size() - 1)]();
  }
  const auto tracer = graph::tracer_for(std::span(&index, 1), "ops::switch_case");
  std::vector<CalledTrace> traces;
  for (std::size_t i = 0; i < all.size(); ++i) {
    traces.push_back(trace_branch("switch_case_branch", tracer, all[i]));
    check_same_results(traces[0], traces.back(),
                       {"tf.switch_case", "branches[0]", "branches[" + std::to_string(i) + "]"});
  }
  return choose("Case", tracer, index, std::move(traces));
}

std::vector<Tensor> case_of(const std::vector<std::pair<Tensor, Branch>>& branches, const Branch& default_fn) {
  if (branches.empty() && !default_fn) throw ValueError("Must provide at least one item in pred_fn_pairs");
  Branch chain = default_fn;
  for (std::size_t i = branches.size(); i-- > 0;) {
    const auto& [condition, branch] = branches[i];
    if (!chain && !condition.is_concrete()) {
      chain = branch;
      continue;
    }
    auto rest = chain ? chain : Branch([]() -> std::vector<Tensor> {
      throw InvalidArgumentError("Input error: None of conditions evaluated as True");
    });
    chain = [condition = condition, branch = branch, rest = std::move(rest)] { return cond(condition, branch, rest); };
  }
  return chain();
}

std::vector<Tensor> while_loop(const Condition& condition, const Body& body, std::vector<Tensor> loop_vars,
                               const WhileOptions& options) {
  auto tracer = graph::tracer_for(loop_vars, "ops::while_loop");
  if (!tracer) return loop_now(condition, body, std::move(loop_vars), options);
  return TracedLoop(std::move(tracer), std::move(loop_vars), options).run(condition, body);
}

}  // namespace hornbeam::ops
