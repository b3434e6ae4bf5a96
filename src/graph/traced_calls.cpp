#include "graph/traced_calls.h"

namespace hornbeam::graph {

TracedCalls::TracedCalls(Tracer& tracer, const std::vector<Tensor>& targets) : tracer_(tracer) {
  const auto& nodes = tracer.function().graph.nodes;
  const auto count = nodes.size();
  values_.resize(count);
  std::vector<bool> needed(count);
  for (const auto& target : targets) {
    if (const auto output = output_of(target)) needed[static_cast<std::size_t>(output->node)] = true;
  }
  for (std::size_t i = count; i-- > 0;) {
    if (!needed[i]) continue;
    for (const auto& input : nodes[i].inputs) needed[static_cast<std::size_t>(input.node)] = true;
  }
  for (std::size_t i = 0; i < count; ++i) {
    if (!needed[i] || nodes[i].inputs.empty()) continue;
    autodiff::Call call{nodes[i].op, nodes[i].attrs, {}, {}, nodes[i].name, {}};
    for (const auto& input : nodes[i].inputs) call.inputs.push_back(value(input));
    for (std::size_t k = 0; k < nodes[i].outputs.size(); ++k) {
      call.outputs.push_back(value({static_cast<std::int32_t>(i), static_cast<std::int32_t>(k)}));
    }
    calls_.push_back(std::move(call));
  }
}

std::vector<const autodiff::Call*> TracedCalls::order() const {
  std::vector<const autodiff::Call*> result;
  for (const auto& call : calls_) result.push_back(&call);
  return result;
}

Tensor TracedCalls::canonical(const Tensor& t) {
  const auto output = output_of(t);
  return output ? value(*output) : t;
}

std::vector<Tensor> TracedCalls::stand_ins(const GradientSource& source) {
  if (const auto* tensor = source.tensor()) return {canonical(*tensor)};
  std::vector<Tensor> reads;
  const auto& f = tracer_.function();
  for (std::size_t i = 0; i < values_.size(); ++i) {
    const auto& node = f.graph.nodes[i];
    if (node.op->name != "ReadVariableOp") continue;
    for (std::size_t c = 0; c < f.captures.size(); ++c) {
      if (f.capture_nodes[c] == node.inputs[0].node && f.captures[c] == *source.variable()) {
        reads.push_back(value({static_cast<std::int32_t>(i), 0}));
      }
    }
  }
  return reads;
}

std::optional<Output> TracedCalls::output_of(const Tensor& t) const {
  if (t.recorder() != &tracer_) return std::nullopt;
  return static_cast<const TracedTensor&>(*t.impl()).output;
}

Tensor TracedCalls::value(Output o) {
  auto& outputs = values_[static_cast<std::size_t>(o.node)];
  if (outputs.empty()) outputs.resize(tracer_.function().graph.nodes[static_cast<std::size_t>(o.node)].outputs.size());
  auto& t = outputs[static_cast<std::size_t>(o.index)];
  if (!t.defined()) t = tracer_.tensor(o);
  return t;
}

}  // namespace hornbeam::graph
