// The gradient of a While: a While that goes back through the turns. What it needs of a turn, the forward loop has
// pushed on lists.
#include <algorithm>

#include "graph/control_flow/backward.h"
#include "hornbeam/ops_control.hpp"
#include "ops/tensor_list.h"

namespace hornbeam::graph {
namespace {

bool is_constant_int(const Graph& graph, Output o, std::int32_t value) {
  const auto* constant = constant_value(graph, o);
  return constant && constant->dtype() == DType::int32 && constant->rank() == 0 &&
         constant->data<std::int32_t>()[0] == value;
}

class LoopGradient {
 public:
  explicit LoopGradient(const GradientContext& context)
      : c_(context),
        call_(context),
        body_(reopen(*callees_of(call_.node())[1]->function(), call_.shared_tracer())),
        condition_(*callees_of(call_.node())[0]->function()) {}

  Tensors run() {
    Tensors grads(c_.num_inputs());
    choose_variables();
    if (vars_.empty()) return grads;
    find_invariants();
    auto backward = trace_backward(body_, vars_, vars_);
    for (const auto& tensor : backward.captured) note_capture(tensor);
    const auto turns = count_turns();
    extend_forward();
    const auto found = go_back(backward.function, turns);
    for (std::size_t i = 0; i < vars_.size(); ++i) {
      if (vars_[i] < grads.size() && c_.wanted(vars_[i])) grads[vars_[i]] = found[i];
    }
    return grads;
  }

 private:
  const Function& body() const { return body_->function(); }
  std::size_t count() const { return body().arguments.size(); }

  // Loop variables that a source reaches, in some turn, and from which, in some turn, a target is reached.
  void choose_variables() {
    std::vector<bool> from(count()), to(count());
    for (std::size_t i = 0; i < c_.num_inputs(); ++i) {
      from[i] = c_.wanted(i) && autodiff_dtype(i);
      to[i] = i < c_.num_outputs() && c_.has_grad(i) && autodiff_dtype(i);
    }
    close([&] { return reached_results(body(), from); }, from);
    close([&] { return reaching_arguments(body(), to); }, to);
    for (std::size_t i = 0; i < count(); ++i) {
      if (from[i] && to[i]) vars_.push_back(i);
    }
  }

  bool autodiff_dtype(std::size_t i) const {
    const auto dtype = body().argument_spec(i).dtype;
    return is_floating(dtype) || dtype == DType::variant;
  }

  template <class Next>
  static void close(Next&& next, std::vector<bool>& set) {
    for (bool grew = true; grew;) {
      grew = false;
      const auto more = next();
      for (std::size_t i = 0; i < set.size(); ++i) {
        if (!more[i] || set[i]) continue;
        set[i] = grew = true;
      }
    }
  }

  void find_invariants() {
    for (std::size_t i = 0; i < count(); ++i) {
      auto result = body().results[i];
      while (body().graph[result].op->name == "Identity") result = body().graph[result].inputs[0];
      invariant_.push_back(result == Output{body().arguments[i], 0});
    }
  }

  // Where the backward body gets a value of the forward body.
  struct Source {
    bool invariant;
    std::size_t at;  // the loop variable, or the number of the list
  };

  void note_capture(const Tensor& tensor) {
    const auto argument = argument_number(*body_, tensor);
    if (argument >= 0 && invariant_[static_cast<std::size_t>(argument)]) {
      sources_.push_back({true, static_cast<std::size_t>(argument)});
      return;
    }
    sources_.push_back({false, values_.size()});
    values_.push_back(tensor);
  }

  // A variable that counts turns, which ops::while_loop always has, or a new one.
  Tensor count_turns() {
    for (std::size_t i = 0; i < count(); ++i) {
      const auto& node = body().graph[body().results[i]];
      if (node.op->name != "AddV2" && node.op->name != "Add") continue;
      if (node.inputs[0] == Output{body().arguments[i], 0} && is_constant_int(body().graph, node.inputs[1], 1) &&
          is_constant_int(call_.tracer().function().graph, call_.node().inputs[i], 0)) {
        return call_.output(i);
      }
    }
    const auto turn = body_->add_argument({DType::int32, Shape{}});
    const Tensor inputs[] = {turn, Tensor::scalar<std::int32_t>(1)};
    more_results_.push_back(call_op_on(body_.get(), "AddV2", inputs, {}).at(0));
    more_inputs_.push_back(Tensor::scalar<std::int32_t>(0));
    more_outputs_.push_back({DType::int32, Shape{}});
    counter_ = call_.node().outputs.size();
    return {};
  }

  // The list that already holds the value: the loop was differentiated before.
  std::optional<std::size_t> known_list(const Tensor& value) const {
    const auto wanted = static_cast<const TracedTensor&>(*value.impl()).output;
    for (std::size_t i = 0; i < body().results.size(); ++i) {
      const auto& node = body().graph[body().results[i]];
      if (node.op->name != "TensorListPushBack" || !(node.inputs[1] == wanted)) continue;
      if (node.inputs[0] == Output{body().arguments[i], 0}) return i;
    }
    return std::nullopt;
  }

  void extend_forward() {
    auto* outer = &call_.tracer();
    for (const auto& value : values_) {
      if (const auto known = known_list(value)) {
        lists_.push_back(*known);
        continue;
      }
      lists_.push_back(call_.node().outputs.size() + more_inputs_.size());
      const auto list = body_->add_argument({DType::variant, Shape{}});
      more_results_.push_back(pushed(body_.get(), list, value));
      more_inputs_.push_back(empty_list(outer, {value.dtype(), value.shape()}));
      more_outputs_.push_back({DType::variant, Shape{}});
    }
    if (more_inputs_.empty()) return;
    std::vector<Tensor> captured;
    auto body = body_->finish_called(more_results_, captured);
    if (!captured.empty()) throw RuntimeError("While: its gradient uses what the loop was not given");
    for (const auto& spec : more_outputs_) {
      condition_.arguments.push_back(static_cast<std::int32_t>(condition_.graph.size()));
      const auto index = static_cast<std::int64_t>(condition_.arguments.size() - 1);
      condition_.graph.nodes.push_back({&get_op("_Arg"),
                                        "unused_" + std::to_string(condition_.graph.size()),
                                        {{"T", spec.dtype}, {"index", index}},
                                        {},
                                        {spec}});
    }
    auto attrs = call_.node().attrs;
    attrs.set("cond", function_attr(std::move(condition_)));
    attrs.set("body", function_attr(std::move(body)));
    auto dtypes = attrs.types("T");
    auto shapes = attrs.shapes("output_shapes");
    const bool has_shapes = !shapes.empty() || dtypes.empty();
    for (const auto& spec : more_outputs_) {
      dtypes.push_back(spec.dtype);
      shapes.push_back(spec.shape);
    }
    attrs.set("T", std::move(dtypes));
    if (has_shapes) attrs.set("output_shapes", std::move(shapes));
    call_.extend(std::move(attrs), more_inputs_, more_outputs_);
  }

  Tensors go_back(const Function& backward, Tensor turns) {
    if (!turns.defined()) turns = call_.output(*counter_);
    Tensors start{turns}, outside;
    ops::WhileOptions options;
    options.shape_invariants.push_back({});
    for (const auto v : vars_) {
      const bool given = v < c_.num_outputs() && c_.has_grad(v);
      start.push_back(given ? c_.grad(v) : zeros_for(call_.output(v)));
      options.shape_invariants.push_back(call_.node().outputs[v].shape);
    }
    for (const auto list : lists_) {
      start.push_back(call_.output(list));
      options.shape_invariants.push_back({});
    }
    for (const auto& source : sources_) outside.push_back(source.invariant ? call_.input(source.at) : Tensor());
    const auto first_list = 1 + vars_.size();
    auto ends = ops::while_loop(
        [](const Tensors& v) { return ops::greater(v[0], Tensor::scalar<std::int32_t>(0)); },
        [&](const Tensors& v) {
          Tensors values(v.begin() + 1, v.begin() + static_cast<std::ptrdiff_t>(first_list)), popped, rest;
          for (std::size_t k = 0; k < lists_.size(); ++k) {
            const auto item = call_op("TensorListPopBack", {v[first_list + k], known_shape(values_[k])},
                                      {{"element_dtype", values_[k].dtype()}});
            rest.push_back(item[0]);
            popped.push_back(item[1]);
          }
          for (std::size_t s = 0; s < sources_.size(); ++s) {
            values.push_back(sources_[s].invariant ? outside[s] : popped[sources_[s].at]);
          }
          auto next = replay(backward, values);
          next.insert(next.begin(), v[0] - Tensor::scalar<std::int32_t>(1));
          next.insert(next.end(), rest.begin(), rest.end());
          return next;
        },
        start, options);
    return {ends.begin() + 1, ends.begin() + static_cast<std::ptrdiff_t>(first_list)};
  }

  const GradientContext& c_;
  ForwardCall call_;
  std::shared_ptr<Tracer> body_;
  Function condition_;
  std::vector<std::size_t> vars_;
  std::vector<bool> invariant_;
  std::vector<Source> sources_;     // per capture of the backward body
  Tensors values_;                  // of the forward body, kept on lists
  std::vector<std::size_t> lists_;  // per value: the output of the node that is its list
  Tensors more_results_, more_inputs_;
  std::vector<TensorSpec> more_outputs_;
  std::optional<std::size_t> counter_;
};

}  // namespace

Tensors loop_gradient(const GradientContext& context) { return LoopGradient(context).run(); }

}  // namespace hornbeam::graph
