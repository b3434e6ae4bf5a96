#include "graph/control_flow/backward.h"

#include "graph/traced_calls.h"
#include "ops/tensor_list.h"

namespace hornbeam::graph {

ForwardCall::ForwardCall(const GradientContext& context) : id_(-1) {
  for (std::size_t i = 0; i < context.num_outputs() && !tracer_; ++i) {
    auto* tracer = dynamic_cast<Tracer*>(context.output(i).recorder());
    if (!tracer) continue;
    tracer_ = tracer->shared_from_this();
    id_ = static_cast<const TracedTensor&>(*context.output(i).impl()).output.node;
  }
  if (!tracer_) {
    throw NotImplementedError(
        "the gradient of an op that calls functions, run on values: use ops::cond or ops::while_loop, whose steps a "
        "tape records");
  }
}

void ForwardCall::extend(Attrs attrs, std::span<const Tensor> inputs, std::span<const TensorSpec> outputs) {
  tracer_->extend(id_, std::move(attrs), inputs, outputs);
}

std::shared_ptr<Tracer> reopen(const Function& function, const std::shared_ptr<Tracer>& outer) {
  return std::make_shared<Tracer>(function, outer);
}

Tensor argument_of(Tracer& tracer, std::size_t i) { return tracer.tensor({tracer.function().arguments[i], 0}); }
Tensor result_of(Tracer& tracer, std::size_t i) { return tracer.tensor(tracer.function().results[i]); }

std::int64_t argument_number(const Tracer& tracer, const Tensor& tensor) {
  const auto output = static_cast<const TracedTensor&>(*tensor.impl()).output;
  const auto& arguments = tracer.function().arguments;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i] == output.node) return static_cast<std::int64_t>(i);
  }
  return -1;
}

CalledTrace trace_backward(const std::shared_ptr<Tracer>& forward, const std::vector<std::size_t>& results,
                           const std::vector<std::size_t>& arguments) {
  std::vector<Tensor> targets, sources;
  std::vector<TensorSpec> seeds;
  for (const auto r : results) {
    targets.push_back(result_of(*forward, r));
    seeds.push_back({targets.back().dtype(), targets.back().shape()});
  }
  for (const auto a : arguments) sources.push_back(argument_of(*forward, a));
  auto name = forward->function().name + "_grad";
  return trace_called(std::move(name), forward, seeds, [&](std::span<const Tensor> given) {
    TracedCalls calls(*forward, targets);
    std::vector<Tensor> canonical;
    for (const auto& target : targets) canonical.push_back(calls.canonical(target));
    std::vector<std::vector<Tensor>> values;
    for (const auto& source : sources) values.push_back({calls.canonical(source)});
    auto gradients = autodiff::backpropagate(calls.order(), canonical, given, values);
    for (std::size_t i = 0; i < gradients.size(); ++i) {
      if (!gradients[i].defined()) gradients[i] = zeros_for(sources[i]);
    }
    return gradients;
  });
}

std::vector<Tensor> replay(const Function& function, std::span<const Tensor> arguments) {
  const auto& nodes = function.graph.nodes;
  std::vector<std::vector<Tensor>> values(nodes.size());
  for (std::size_t i = 0; i < function.arguments.size(); ++i) {
    values[static_cast<std::size_t>(function.arguments[i])] = {arguments[i]};
  }
  const auto value = [&](Output o) {
    return values[static_cast<std::size_t>(o.node)].at(static_cast<std::size_t>(o.index));
  };
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (!values[i].empty()) continue;
    if (nodes[i].op->name == "Const") {
      values[i] = {nodes[i].attrs.tensor("value")};
      continue;
    }
    std::vector<Tensor> inputs;
    for (const auto& input : nodes[i].inputs) inputs.push_back(value(input));
    values[i] = call_op_on(current_recorder(), nodes[i].op->name, inputs, nodes[i].attrs);
  }
  std::vector<Tensor> results;
  for (const auto& result : function.results) results.push_back(value(result));
  return results;
}

std::vector<bool> reached_results(const Function& function, const std::vector<bool>& arguments) {
  const auto& nodes = function.graph.nodes;
  std::vector<bool> reached(nodes.size());
  for (std::size_t a = 0; a < arguments.size(); ++a) {
    if (arguments[a]) reached[static_cast<std::size_t>(function.arguments[a])] = true;
  }
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (nodes[i].op->has_no_gradient) continue;
    for (const auto& input : nodes[i].inputs) {
      if (reached[static_cast<std::size_t>(input.node)]) reached[i] = true;
    }
  }
  std::vector<bool> results;
  for (const auto& result : function.results) {
    results.push_back(reached[static_cast<std::size_t>(result.node)] &&
                      autodiff::is_differentiable(function.graph.spec(result).dtype));
  }
  return results;
}

std::vector<bool> reaching_arguments(const Function& function, const std::vector<bool>& results) {
  const auto& nodes = function.graph.nodes;
  std::vector<bool> reaching(nodes.size());
  for (std::size_t r = 0; r < results.size(); ++r) {
    if (results[r]) reaching[static_cast<std::size_t>(function.results[r].node)] = true;
  }
  for (std::size_t i = nodes.size(); i-- > 0;) {
    if (!reaching[i] || nodes[i].op->has_no_gradient) continue;
    for (const auto& input : nodes[i].inputs) reaching[static_cast<std::size_t>(input.node)] = true;
  }
  std::vector<bool> arguments;
  for (std::size_t a = 0; a < function.arguments.size(); ++a) {
    arguments.push_back(reaching[static_cast<std::size_t>(function.arguments[a])] &&
                        autodiff::is_differentiable(function.argument_spec(a).dtype));
  }
  return arguments;
}

Tensor zeros_for(const Tensor& tensor) {
  if (tensor.dtype() == DType::variant) return ops::zeros_like(tensor);
  if (tensor.shape().is_fully_known()) return ops::zeros(tensor.shape(), tensor.dtype());
  return ops::fill(ops::shape(tensor), Tensor::zeros(tensor.dtype(), {}));
}

Tensor empty_list(Recorder* recorder, const TensorSpec& item) {
  const Tensor inputs[] = {known_dims(item.shape), Tensor::scalar<std::int32_t>(-1)};
  return call_op_on(recorder, "EmptyTensorList", inputs, {{"element_dtype", item.dtype}}).at(0);
}

Tensor pushed(Recorder* recorder, const Tensor& list, const Tensor& item) {
  const Tensor inputs[] = {list, item};
  return call_op_on(recorder, "TensorListPushBack", inputs, {{"element_dtype", item.dtype()}}).at(0);
}

}  // namespace hornbeam::graph
