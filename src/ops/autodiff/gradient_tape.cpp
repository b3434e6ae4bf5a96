#include "hornbeam/gradient_tape.hpp"

#include <algorithm>
#include <deque>
#include <unordered_set>

#include "hornbeam/ops.hpp"
#include "ops/autodiff/backprop.h"
#include "tensor/recorder.h"

namespace hornbeam {

struct GradientTape::Impl final : Observer {
  explicit Impl(const GradientTapeOptions& o) : options(o) { start(); }
  ~Impl() override { stop(); }

  void start() {
    if (!recording) observers().push_back(this);
    recording = true;
  }
  void stop() {
    if (recording) std::erase(observers(), this);
    recording = false;
  }

  void on_call(const OpDef& op, const Attrs& attrs, std::span<const Tensor> inputs,
               std::span<const Tensor> outputs) override {
    if (op.has_no_gradient ||
        std::none_of(inputs.begin(), inputs.end(), [&](const auto& t) { return is_watched(t); })) {
      return;
    }
    calls.push_back({&op, attrs, {inputs.begin(), inputs.end()}, {outputs.begin(), outputs.end()}});
    for (const auto& output : outputs) {
      if (autodiff::is_differentiable(output.dtype())) watched.insert(output.impl().get());
    }
  }

  void on_read(const Variable& variable, const Tensor& value) override {
    auto* entry = find(variable);
    if (!entry) {
      if (!options.watch_accessed_variables || !variable->trainable()) return;
      entry = &watch(variable);
    }
    const auto same = [&](const Tensor& read) { return read.impl() == value.impl(); };
    if (std::any_of(entry->reads.begin(), entry->reads.end(), same)) return;
    entry->reads.push_back(value);
    watched.insert(value.impl().get());
  }

  struct Reads {
    Variable variable;
    std::vector<Tensor> reads;
  };
  Reads* find(const Variable& variable) {
    for (auto& entry : variables) {
      if (entry.variable == variable) return &entry;
    }
    return nullptr;
  }
  Reads& watch(const Variable& variable) {
    if (auto* entry = find(variable)) return *entry;
    return variables.emplace_back(Reads{variable, {}});
  }
  void watch(const Tensor& tensor) {
    if (!autodiff::is_differentiable(tensor.dtype())) return;
    kept.push_back(tensor);
    watched.insert(tensor.impl().get());
  }
  bool is_watched(const Tensor& t) const { return watched.count(t.impl().get()) != 0; }

  void reset() {
    calls.clear();
    variables.clear();
    kept.clear();
    watched.clear();
  }

  std::vector<Tensor> gradient(const std::vector<Tensor>& targets, const std::vector<GradientSource>& sources,
                               const GradientOptions& o) {
    if (used && !options.persistent) {
      throw RuntimeError(
          "A non-persistent GradientTape can only be used to compute one set of gradients (or jacobians)");
    }
    used = true;
    if (!o.output_gradients.empty() && o.output_gradients.size() != targets.size()) {
      throw ValueError("`output_gradients` must have one tensor per target: received " +
                       std::to_string(o.output_gradients.size()) + " for " + std::to_string(targets.size()));
    }
    if (!options.persistent) stop();
    std::vector<const autodiff::Call*> order;  // those made so far: computing gradients may record more
    for (const auto& call : calls) order.push_back(&call);
    std::vector<std::vector<Tensor>> values;
    for (const auto& source : sources) values.push_back(stand_ins(source));
    auto results = autodiff::backpropagate(order, targets, o.output_gradients, values);
    if (o.unconnected_gradients == UnconnectedGradients::zero) {
      for (std::size_t i = 0; i < results.size(); ++i) {
        if (results[i].defined()) continue;
        const auto* variable = sources[i].variable();
        results[i] =
            variable ? ops::zeros((*variable)->shape(), (*variable)->dtype()) : ops::zeros_like(*sources[i].tensor());
      }
    }
    if (!options.persistent) reset();
    return results;
  }

  std::vector<Tensor> stand_ins(const GradientSource& source) {
    if (const auto* tensor = source.tensor()) {
      return is_watched(*tensor) ? std::vector<Tensor>{*tensor} : std::vector<Tensor>{};
    }
    const auto* entry = find(*source.variable());
    return entry ? entry->reads : std::vector<Tensor>{};
  }

  GradientTapeOptions options;
  bool recording = false, used = false;
  std::deque<autodiff::Call> calls;  // stays in place while it grows
  std::vector<Reads> variables;
  std::vector<Tensor> kept;  // so that no other tensor gets their address
  std::unordered_set<const TensorImpl*> watched;
};

GradientTape::GradientTape(const GradientTapeOptions& options) : impl_(std::make_unique<Impl>(options)) {}
GradientTape::~GradientTape() = default;

void GradientTape::watch(const Tensor& tensor) { impl_->watch(tensor); }
void GradientTape::watch(const std::vector<Tensor>& tensors) {
  for (const auto& tensor : tensors) impl_->watch(tensor);
}
void GradientTape::watch(const Variable& variable) { impl_->watch(variable); }
void GradientTape::watch(const std::vector<Variable>& variables) {
  for (const auto& variable : variables) impl_->watch(variable);
}

std::vector<Variable> GradientTape::watched_variables() const {
  std::vector<Variable> result;
  for (const auto& entry : impl_->variables) result.push_back(entry.variable);
  return result;
}

void GradientTape::stop() { impl_->stop(); }
void GradientTape::reset() { impl_->reset(); }

GradientTape::Pause::Pause(GradientTape& tape) : tape_(tape), was_recording_(tape.impl_->recording) {
  tape_.impl_->stop();
}
GradientTape::Pause::~Pause() {
  if (was_recording_) tape_.impl_->start();
}

Tensor GradientTape::gradient(const Tensor& target, const GradientSource& source, const GradientOptions& options) {
  return impl_->gradient({target}, {source}, options)[0];
}
std::vector<Tensor> GradientTape::gradient(const GradientTargets& targets, const GradientSources& sources,
                                           const GradientOptions& options) {
  return impl_->gradient(targets.list(), sources.list(), options);
}

}  // namespace hornbeam
