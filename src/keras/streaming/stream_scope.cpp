#include "keras/streaming/stream_scope.h"

namespace hornbeam {
namespace {
thread_local StreamScope* current_scope = nullptr;
}

StreamScope::StreamScope(const Layer& layer, StreamStates& states)
    : outer_(current_scope), layer_(layer), states_(states) {
  current_scope = this;
}
StreamScope::~StreamScope() { current_scope = outer_; }

StreamStates* StreamScope::of(const Layer& layer) {
  return current_scope && &current_scope->layer_ == &layer ? &current_scope->states_ : nullptr;
}

std::vector<Tensor> StreamStates::take(Initial initial) {
  std::vector<Tensor> states;
  {
    const RecorderScope eager(nullptr);
    states = initial();
  }
  for (auto& state : states) state = tracer_.add_argument({state.dtype(), state.shape()});
  initial_.push_back(std::move(initial));
  return states;
}

std::vector<Tensor> StreamStates::take_zeros(const std::vector<TensorSpec>& specs) {
  return take([specs] {
    std::vector<Tensor> zeros;
    for (const auto& spec : specs) zeros.push_back(Tensor::zeros(spec.dtype, spec.shape));
    return zeros;
  });
}

void StreamStates::give(const std::vector<Tensor>& states) {
  after_.insert(after_.end(), states.begin(), states.end());
}

}  // namespace hornbeam
