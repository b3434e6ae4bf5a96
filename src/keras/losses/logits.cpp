#include "keras/losses/logits.h"

#include "graph/tracer.h"

namespace hornbeam::losses {

std::optional<Tensor> logits_behind(const Tensor& output, std::string_view op, Target target) {
  if (const auto& kept = output.impl()->logits; kept && target != Target::tf22) return Tensor(kept);
  auto* tracer = dynamic_cast<graph::Tracer*>(output.recorder());
  if (!tracer) return std::nullopt;
  if (target == Target::tf22 && op == "Softmax" && output.rank() != 2) return std::nullopt;
  const auto& graph = tracer->function().graph;
  const auto* node = &graph[static_cast<const graph::TracedTensor&>(*output.impl()).output];
  while (target == Target::tf22 && node->op->name == "Identity") node = &graph[node->inputs[0]];
  if (node->op->name != op) return std::nullopt;
  return tracer->tensor(node->inputs[0]);
}

}  // namespace hornbeam::losses
