// The gradients of If and Case: an op of the same kind, whose branches go back through those that were taken. What they
// need of a branch it has handed out, in lists that the other branches leave empty. And of PartitionedCall.
#include "graph/control_flow/backward.h"
#include "hornbeam/ops_control.hpp"
#include "ops/tensor_list.h"

namespace hornbeam::graph {
namespace {

struct Chosen {
  std::vector<std::size_t> results, arguments;
};

// The outputs that have gradients and the inputs (after the selector) whose gradients are wanted.
Chosen choose(const GradientContext& c, std::size_t skipped) {
  Chosen chosen;
  for (std::size_t k = 0; k < c.num_outputs(); ++k) {
    if (c.has_grad(k)) chosen.results.push_back(k);
  }
  for (std::size_t i = skipped; i < c.num_inputs(); ++i) {
    const auto dtype = c.input(i).dtype();
    if (c.wanted(i) && (is_floating(dtype) || dtype == DType::variant)) chosen.arguments.push_back(i - skipped);
  }
  return chosen;
}

Tensors seeds_of(const GradientContext& c, const Chosen& chosen) {
  Tensors seeds;
  for (const auto k : chosen.results) seeds.push_back(c.grad(k));
  return seeds;
}

// Where a backward function gets a value of the forward one.
struct Source {
  bool input;
  std::size_t at;  // the input of the node, or the number among the node's new outputs
};

class BranchesGradient {
 public:
  explicit BranchesGradient(const GradientContext& context)
      : c_(context), call_(context), chosen_(choose(context, 1)) {}

  Tensors run() {
    Tensors grads(c_.num_inputs());
    if (chosen_.results.empty() || chosen_.arguments.empty()) return grads;
    first_new_ = call_.node().outputs.size();
    for (const auto* callee : callees_of(call_.node())) {
      forward_.push_back(reopen(*callee->function(), call_.shared_tracer()));
      backward_.push_back(trace_backward(forward_.back(), chosen_.results, chosen_.arguments));
      note_captures();
    }
    extend_forward();
    const auto found = go_back();
    for (std::size_t i = 0; i < found.size(); ++i) grads[chosen_.arguments[i] + 1] = found[i];
    return grads;
  }

 private:
  struct Value {
    std::size_t branch;
    Tensor tensor;
  };

  void note_captures() {
    const auto branch = forward_.size() - 1;
    sources_.emplace_back();
    for (const auto& tensor : backward_.back().captured) {
      const auto argument = argument_number(*forward_.back(), tensor);
      if (argument >= 0) {
        sources_.back().push_back({true, static_cast<std::size_t>(argument) + 1});
      } else {
        sources_.back().push_back({false, values_.size()});
        values_.push_back({branch, tensor});
      }
    }
  }

  void extend_forward() {
    if (values_.empty()) return;
    std::vector<FunctionAttr> functions;
    for (std::size_t b = 0; b < forward_.size(); ++b) {
      auto* tracer = forward_[b].get();
      Tensors more, captured;
      for (const auto& value : values_) {
        auto list = empty_list(tracer, {value.tensor.dtype(), value.tensor.shape()});
        more.push_back(value.branch == b ? pushed(tracer, list, value.tensor) : list);
      }
      functions.push_back(function_attr(tracer->finish_called(more, captured)));
      if (!captured.empty()) throw RuntimeError("If: its gradient uses what the branches were not given");
    }
    auto attrs = call_.node().attrs;
    if (attrs.has("branches")) {
      attrs.set("branches", functions);
    } else {
      attrs.set("then_branch", functions[0]);
      attrs.set("else_branch", functions[1]);
    }
    auto dtypes = attrs.types("Tout");
    auto shapes = attrs.shapes("output_shapes");
    const bool has_shapes = shapes.size() == dtypes.size();
    const std::vector<TensorSpec> outputs(values_.size(), {DType::variant, Shape{}});
    dtypes.insert(dtypes.end(), outputs.size(), DType::variant);
    shapes.insert(shapes.end(), outputs.size(), Shape{});
    attrs.set("Tout", std::move(dtypes));
    if (has_shapes) attrs.set("output_shapes", std::move(shapes));
    call_.extend(std::move(attrs), {}, outputs);
  }

  Tensors go_back() {
    const auto seeds = seeds_of(c_, chosen_);
    std::vector<ops::Branch> branches;
    for (std::size_t b = 0; b < backward_.size(); ++b) {
      branches.push_back([this, b, &seeds] {
        auto arguments = seeds;
        for (const auto& source : sources_[b]) {
          arguments.push_back(source.input ? call_.input(source.at) : value(source.at));
        }
        return replay(backward_[b].function, arguments);
      });
    }
    const auto selector = call_.input(0);
    if (call_.node().attrs.has("branches")) return ops::switch_case(selector, branches);
    return ops::cond(selector, branches[0], branches[1]);
  }

  Tensor value(std::size_t at) const {
    const auto& tensor = values_[at].tensor;
    return call_op1("TensorListGetItem",
                    {call_.output(first_new_ + at), Tensor::scalar<std::int32_t>(0), known_shape(tensor)},
                    {{"element_dtype", tensor.dtype()}});
  }

  const GradientContext& c_;
  ForwardCall call_;
  Chosen chosen_;
  std::size_t first_new_ = 0;
  std::vector<std::shared_ptr<Tracer>> forward_;
  std::vector<CalledTrace> backward_;
  std::vector<std::vector<Source>> sources_;  // per branch, per capture of its backward function
  std::vector<Value> values_;
};

}  // namespace

Tensors branches_gradient(const GradientContext& context) { return BranchesGradient(context).run(); }

Tensors call_gradient(const GradientContext& c) {
  Tensors grads(c.num_inputs());
  const auto chosen = choose(c, 0);
  if (chosen.results.empty() || chosen.arguments.empty()) return grads;
  ForwardCall call(c);
  const auto first_new = call.node().outputs.size();
  const auto forward = reopen(*callees_of(call.node())[0]->function(), call.shared_tracer());
  auto backward = trace_backward(forward, chosen.results, chosen.arguments);
  std::vector<Source> sources;
  Tensors values, captured;
  std::vector<TensorSpec> outputs;
  for (const auto& tensor : backward.captured) {
    const auto argument = argument_number(*forward, tensor);
    sources.push_back({argument >= 0, argument >= 0 ? static_cast<std::size_t>(argument) : values.size()});
    if (argument >= 0) continue;
    values.push_back(tensor);
    outputs.push_back({tensor.dtype(), tensor.shape()});
  }
  if (!values.empty()) {
    auto attrs = call.node().attrs;
    auto dtypes = attrs.types("Tout");
    for (const auto& spec : outputs) dtypes.push_back(spec.dtype);
    attrs.set("Tout", std::move(dtypes));
    attrs.set("f", function_attr(forward->finish_called(values, captured)));
    if (!captured.empty()) throw RuntimeError("PartitionedCall: its gradient uses what it was not given");
    call.extend(std::move(attrs), {}, outputs);
  }
  auto arguments = seeds_of(c, chosen);
  for (const auto& source : sources) {
    arguments.push_back(source.input ? call.input(source.at) : call.output(first_new + source.at));
  }
  const auto found = replay(backward.function, arguments);
  for (std::size_t i = 0; i < found.size(); ++i) grads[chosen.arguments[i]] = found[i];
  return grads;
}

}  // namespace hornbeam::graph
