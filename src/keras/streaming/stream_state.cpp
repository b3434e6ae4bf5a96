#include <array>
#include <cstring>

#include "hornbeam/streaming.hpp"
#include "keras/streaming/stream_program.h"

namespace hornbeam {
namespace {

void copy_into(const Tensor& from, Tensor& to) {
  if (from.bytes() != 0) std::memcpy(to.mutable_raw(), from.raw(), from.bytes());
}

Tensor copy_of(const Tensor& t) {
  auto copy = Tensor::empty(t.dtype(), t.shape());
  copy_into(t, copy);
  return copy;
}

}  // namespace

// Two sets of states: a step reads one and writes the other, so that one that fails leaves the stream as it was.
struct StreamState::Impl {
  Impl(std::shared_ptr<const StreamProgram> p, const std::vector<Tensor>& states)
      : program(std::move(p)), session(*program->executable) {
    std::vector<Tensor> y;
    for (const auto& spec : program->outputs) y.push_back(Tensor::zeros(spec.dtype, spec.shape));
    output = program->output_structure.pack_like(y);
    std::array<std::vector<Tensor>, 2> sets;
    for (const auto& state : states) {
      for (auto& set : sets) set.push_back(copy_of(state));
    }
    for (std::size_t i = 0; i < 2; ++i) {
      in[i].resize(program->inputs.size());
      in[i].insert(in[i].end(), sets[i].begin(), sets[i].end());
      out[i] = y;
      out[i].insert(out[i].end(), sets[1 - i].begin(), sets[1 - i].end());
    }
    prepare();
  }

  std::span<Tensor> states() { return std::span(in[now]).subspan(program->inputs.size()); }

  void step(const Values& x) {
    auto& from = in[now];
    try {
      program->arrange(x, from);
      session.run_into(from, out[now]);
    } catch (...) {
      let_go(from);
      throw;
    }
    let_go(from);
    now = 1 - now;
  }

  std::shared_ptr<const StreamProgram> program;
  graph::Executable::Session session;
  std::array<std::vector<Tensor>, 2> in, out;
  std::size_t now = 0;  // the set that the next step reads
  Values output;

 private:
  // What a first step would allocate.
  void prepare() {
    auto& from = in[now];
    for (std::size_t i = 0; i < program->inputs.size(); ++i) {
      from[i] = Tensor::zeros(program->inputs[i].dtype, program->inputs[i].shape);
    }
    session.prepare(from);
    let_go(from);
  }

  // The caller's tensors are its own again.
  void let_go(std::vector<Tensor>& from) const {
    for (std::size_t i = 0; i < program->inputs.size(); ++i) from[i] = Tensor();
  }
};

StreamState::StreamState(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
StreamState::~StreamState() = default;
StreamState::StreamState(StreamState&&) noexcept = default;
StreamState& StreamState::operator=(StreamState&&) noexcept = default;
StreamState::StreamState(const StreamState& other)
    : impl_(std::make_unique<Impl>(other.impl_->program, other.values())) {}
StreamState& StreamState::operator=(const StreamState& other) {
  if (this != &other) impl_ = std::make_unique<Impl>(other.impl_->program, other.values());
  return *this;
}

std::int64_t StreamState::batch() const { return impl_->program->batch; }
void StreamState::reset() { set_values(impl_->program->initial()); }

std::vector<Tensor> StreamState::values() const {
  std::vector<Tensor> copies;
  for (const auto& state : impl_->states()) copies.push_back(copy_of(state));
  return copies;
}

void StreamState::set_values(const std::vector<Tensor>& values) {
  const auto states = impl_->states();
  if (values.size() != states.size()) {
    throw ValueError("the stream has " + std::to_string(states.size()) + " states, received " +
                     std::to_string(values.size()) + " values");
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto &value = values[i], &state = states[i];
    if (value.is_concrete() && value.dtype() == state.dtype() && value.shape() == state.shape()) continue;
    throw ValueError("state " + std::to_string(i) + " of the stream is " + std::string(name_of(state.dtype())) +
                     " of shape " + state.shape().to_string() + ", received " + value.to_string());
  }
  for (std::size_t i = 0; i < values.size(); ++i) copy_into(values[i], states[i]);
}

StreamState Model::make_state(std::int64_t batch) const {
  auto program = stream_program(batch);
  const auto initial = program->initial();
  return StreamState(std::make_unique<StreamState::Impl>(std::move(program), initial));
}

const Values& Model::step(const Values& x, StreamState& state) const {
  auto& stream = *state.impl_;
  if (stream.program->model != this) {
    throw ValueError("the state was made by model '" + stream.program->model_name + "', not by '" + name() +
                     "', which is to take the step: each model makes its own (make_state).");
  }
  stream.step(x);
  return stream.output;
}

}  // namespace hornbeam
