#include "keras/streaming/stream_program.h"

#include "hornbeam/ops_array.hpp"
#include "hornbeam/target.hpp"
#include "keras/engine/call_scope.h"
#include "keras/streaming/stream_trace.h"
#include "keras/streaming/streamable.h"

namespace hornbeam {
namespace {

// One step of an input: [batch, ...] for [batch, time, ...].
TensorSpec step_spec(const Tensor& input, std::int64_t batch, const Model& model) {
  const auto refuse = [&](const char* why) {
    refuse_to_stream(model, "its input of shape " + input.shape().to_string() + why);
  };
  if (!input.shape().has_rank() || input.rank() < 2) refuse(" has no time axis.");
  std::vector<std::int64_t> dims{batch};
  for (std::size_t i = 2; i < input.rank(); ++i) {
    if (input.shape()[i] < 0) refuse(" leaves open how big a step is.");
    dims.push_back(input.shape()[i]);
  }
  return {input.dtype(), Shape(dims)};
}

std::vector<std::string> keys_of(const Model& model) {
  const auto inputs = model.symbolic_inputs();
  if (!inputs.is_dict()) return model.input_names();
  std::vector<std::string> keys;
  for (const auto& [key, value] : inputs.dict()) keys.push_back(key);
  return keys;
}

}  // namespace

StreamProgram::StreamProgram(const Model& of, std::int64_t batch_size)
    : model(&of), model_name(of.name()), batch(batch_size), keys(keys_of(of)) {
  if (batch <= 0) {
    throw ValueError("`batch` is how many sequences are streamed side by side, at least 1. Received: " +
                     std::to_string(batch));
  }
  for (const auto& t : of.symbolic_inputs().flatten()) inputs.push_back(step_spec(t, batch, of));
  trace();
}

void StreamProgram::trace() {
  const TargetScope target(target_named(model->target()));
  const auto function = graph::trace(model_name + "_step", inputs, [&](std::span<const Tensor> arguments) {
    const CallScope scope(*model, /*training=*/false);
    auto& tracer = dynamic_cast<graph::Tracer&>(*current_recorder());
    StreamStates states(tracer, batch);
    std::vector<Tensor> steps;
    for (const auto& x : arguments) steps.push_back(ops::expand_dims(x, 1));
    const auto traced = StreamTrace(states).run(
        *model, {model->symbolic_inputs().pack_like(steps), std::vector<bool>(steps.size(), true)});
    auto results = traced.values.flatten();
    output_structure = traced.values.pack_like(std::vector<Tensor>(results.size(), Tensor::scalar(0.0F)));
    for (std::size_t i = 0; i < results.size(); ++i) {
      if (traced.sequence[i]) results[i] = ops::squeeze(results[i], {1});
      outputs.push_back({results[i].dtype(), results[i].shape()});
    }
    results.insert(results.end(), states.after().begin(), states.after().end());
    initial_ = states.initial();
    if (!tracer.written().empty()) {
      refuse_to_stream(*model, "a step changes variables of the model.");
    }
    return results;
  });
  executable = std::make_unique<const graph::Executable>(function);
}

std::vector<Tensor> StreamProgram::initial() const {
  std::vector<Tensor> all;
  for (const auto& initial : initial_) {
    for (auto& state : initial()) all.push_back(std::move(state));
  }
  return all;
}

namespace {

// Calls `f` with each leaf in nest order.
template <class F>
void each_leaf(const Values& x, const F& f) {
  if (x.is_tensor()) {
    f(x.tensor());
  } else if (x.is_list()) {
    for (const auto& item : x.list()) each_leaf(item, f);
  } else if (x.is_dict()) {
    for (const auto& [key, item] : x.dict()) each_leaf(item, f);
  }
}

}  // namespace

void StreamProgram::arrange(const Values& x, std::vector<Tensor>& into) const {
  const auto whose = [&] { return "Model '" + model_name + "', streamed: "; };
  std::size_t count = 0;
  if (x.is_dict()) {
    for (; count < keys.size(); ++count) {
      const auto at = x.dict().find(keys[count]);
      if (at == x.dict().end()) throw ValueError(whose() + "missing data for input \"" + keys[count] + "\".");
      into[count] = at->second.tensor();
    }
  } else {
    each_leaf(x, [&](const Tensor& leaf) {
      if (count < inputs.size()) into[count] = leaf;
      ++count;
    });
  }
  if (count != inputs.size()) {
    throw ValueError(whose() + "a step takes " + std::to_string(inputs.size()) + " inputs, received " +
                     std::to_string(count));
  }
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const auto& [dtype, shape] = inputs[i];
    if (into[i].is_concrete() && into[i].dtype() == dtype && into[i].shape() == shape) continue;
    throw ValueError(whose() + "a step of input \"" + keys.at(i) + "\" is " + std::string(name_of(dtype)) +
                     " of shape " + shape.to_string() + ", received " + into[i].to_string());
  }
}

}  // namespace hornbeam
