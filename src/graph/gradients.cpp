#include "graph/gradients.h"

#include "graph/traced_calls.h"
#include "hornbeam/ops.hpp"

namespace hornbeam::graph {
namespace {

Tracer* tracer_of(const std::vector<Tensor>& tensors) {
  Tracer* found = nullptr;
  for (const auto& t : tensors) {
    auto* tracer = dynamic_cast<Tracer*>(t.recorder());
    if (!tracer) continue;
    if (found && found != tracer) throw TypeError("gradients: the targets belong to different functions");
    found = tracer;
  }
  return found;
}

}  // namespace

std::vector<Tensor> gradients(const GradientTargets& ys, const GradientSources& sources,
                              const GradientOptions& options) {
  std::vector<Tensor> results(sources.list().size());
  if (auto* tracer = tracer_of(ys.list())) {
    TracedCalls calls(*tracer, ys.list());
    std::vector<Tensor> targets;
    for (const auto& y : ys.list()) targets.push_back(calls.canonical(y));
    std::vector<std::vector<Tensor>> values;
    for (const auto& source : sources.list()) values.push_back(calls.stand_ins(source));
    results = autodiff::backpropagate(calls.order(), targets, options.output_gradients, values);
  }
  if (options.unconnected_gradients == UnconnectedGradients::none) return results;
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (results[i].defined()) continue;
    const auto& source = sources.list()[i];
    const auto* variable = source.variable();
    results[i] = variable ? ops::zeros((*variable)->shape(), (*variable)->dtype()) : ops::zeros_like(*source.tensor());
  }
  return results;
}

}  // namespace hornbeam::graph
