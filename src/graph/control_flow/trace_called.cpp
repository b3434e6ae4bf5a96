#include "graph/control_flow/trace_called.h"

#include <algorithm>

#include "tensor/resource.h"

namespace hornbeam::graph {
namespace {

bool same_capture(const Tensor& a, const Tensor& b) {
  if (a.dtype() == DType::resource || b.dtype() == DType::resource) {
    return a.dtype() == b.dtype() && variable_of(a) == variable_of(b);
  }
  return static_cast<const TracedTensor&>(*a.impl()).output == static_cast<const TracedTensor&>(*b.impl()).output;
}

void give_arguments(CalledTrace& trace, std::size_t own, const std::vector<Tensor>& captured) {
  auto& f = trace.function;
  std::vector<std::int32_t> arguments(f.arguments.begin(), f.arguments.begin() + static_cast<std::ptrdiff_t>(own));
  for (const auto& tensor : captured) {
    const auto known = std::find_if(trace.captured.begin(), trace.captured.end(),
                                    [&](const Tensor& t) { return same_capture(t, tensor); });
    if (known != trace.captured.end()) {
      arguments.push_back(f.arguments[own + static_cast<std::size_t>(known - trace.captured.begin())]);
      continue;
    }
    arguments.push_back(static_cast<std::int32_t>(f.graph.size()));
    f.graph.nodes.push_back({&get_op("_Arg"),
                             "unused_" + std::to_string(f.graph.size()),
                             {{"T", tensor.dtype()}, {"index", std::int64_t{0}}},
                             {},
                             {{tensor.dtype(), tensor.shape()}}});
  }
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    f.graph.nodes[static_cast<std::size_t>(arguments[i])].attrs.set("index", static_cast<std::int64_t>(i));
  }
  f.arguments = std::move(arguments);
  trace.captured = captured;
}

}  // namespace

std::shared_ptr<Tracer> tracer_for(std::span<const Tensor> tensors, const char* what) {
  auto* found = dynamic_cast<Tracer*>(current_recorder());
  for (const auto& tensor : tensors) {
    auto* recorder = tensor.recorder();
    if (!recorder) continue;
    auto* tracer = dynamic_cast<Tracer*>(recorder);
    if (!tracer) {
      throw NotImplementedError(std::string(what) +
                                " on symbolic Keras tensors is not supported: call it inside a layer's call().");
    }
    if (!found) found = tracer;
  }
  return found ? found->shared_from_this() : nullptr;
}

CalledTrace trace_called(std::string name, const std::shared_ptr<Tracer>& outer, std::span<const TensorSpec> arguments,
                         const TraceBody& body, std::span<const Variable> changing) {
  const auto tracer = std::make_shared<Tracer>(std::move(name), outer);
  const RecorderScope scope(tracer.get());
  const ObserverPause pause;
  tracer->set_outer_observers(pause.paused());
  tracer->read_inside(changing);
  std::vector<Tensor> inputs;
  for (const auto& spec : arguments) inputs.push_back(tracer->add_argument(spec));
  CalledTrace trace;
  try {
    const auto results = body(inputs);
    trace.written = tracer->written();
    trace.function = tracer->finish_called(results, trace.captured);
  } catch (...) {
    tracer->finish({});  // breaks the cycle
    throw;
  }
  return trace;
}

std::vector<Tensor> align_captures(std::span<CalledTrace> traces, std::size_t own) {
  std::vector<Tensor> all;
  for (const auto& trace : traces) {
    for (const auto& tensor : trace.captured) {
      if (std::none_of(all.begin(), all.end(), [&](const Tensor& t) { return same_capture(t, tensor); })) {
        all.push_back(tensor);
      }
    }
  }
  for (auto& trace : traces) give_arguments(trace, own, all);
  return all;
}

FunctionAttr function_attr(Function function) {
  auto name = function.name;
  return {std::move(name), std::make_shared<const Callee>(std::move(function))};
}

std::string stateless_or_not(const std::string& op, std::span<const FunctionAttr> functions) {
  const bool stateful =
      std::any_of(functions.begin(), functions.end(), [](const FunctionAttr& f) { return callee_of(f).is_stateful(); });
  return stateful ? op : "Stateless" + op;
}

}  // namespace hornbeam::graph
