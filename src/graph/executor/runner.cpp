#include "graph/executor/runner.h"

#include <algorithm>
#include <thread>

#include "graph/executor/rows.h"
#include "ops/kernels/parallel.h"

namespace hornbeam::graph {
namespace {

bool all_concrete(std::span<const Tensor> tensors) {
  return std::all_of(tensors.begin(), tensors.end(), [](const Tensor& t) { return t.is_concrete(); });
}

}  // namespace

class Runner::Reading {
 public:
  explicit Reading(Runner& runner) : runner_(runner) { runner_.readers_.fetch_add(1); }
  ~Reading() { runner_.readers_.fetch_sub(1); }
  Reading(const Reading&) = delete;
  Reading& operator=(const Reading&) = delete;

 private:
  Runner& runner_;
};

Runner::Runner(std::shared_ptr<const Function> function, CompileBudget& budget)
    : program_(std::move(function), budget), interpreter_(program_) {}

std::shared_ptr<const Plan> Runner::find(std::span<const Tensor> inputs) {
  const Reading reading(*this);
  for (std::size_t i = 0; i < kPlans; ++i) {
    const auto* plan = shown_[i].load();
    if (plan && plan->matches(inputs)) return plan->is_current() ? owned_[i] : nullptr;
  }
  return nullptr;
}

std::shared_ptr<const Plan> Runner::plan_for(std::span<const Tensor> inputs) {
  if (inputs.size() == program_.function.arguments.size() && all_concrete(inputs)) {
    if (auto plan = find(inputs)) return plan;
  }
  program_.check_inputs(inputs);
  const std::lock_guard lock(mutex_);
  return obtain(inputs);
}

// The current plan for these inputs, made if there is none.
std::shared_ptr<const Plan> Runner::obtain(std::span<const Tensor> inputs) {
  if (auto plan = find(inputs)) return plan;
  empty(slot_for(inputs));  // before the new one is made: weights are packed once at a time
  auto plan = make(inputs);
  const auto slot = slot_for(inputs);
  empty(slot);
  owned_[slot] = plan;
  shown_[slot].store(plan.get());
  return plan;
}

std::shared_ptr<const Plan> Runner::make(std::span<const Tensor> inputs) {
  std::vector<Shape> shapes;
  std::vector<TensorSpec> specs;
  for (const auto& input : inputs) {
    shapes.push_back(input.shape());
    specs.push_back({input.dtype(), input.shape()});
  }
  auto facts = propagate(program_, shapes);
  const auto rows = facts ? rows_at_a_time(program_, shapes, *facts, kernels::num_threads()) : 0;
  if (rows == 0) return std::make_shared<Plan>(program_, std::move(specs), std::move(facts));
  std::vector<Tensor> pieces;
  for (const auto& input : inputs) {
    auto shape = input.shape();
    shape[0] = rows;
    pieces.push_back(Tensor::borrow(input.dtype(), shape, input.raw()));
  }
  auto unit = obtain(pieces);
  if (unit->is_interpreted()) return std::make_shared<Plan>(program_, std::move(specs), std::move(facts));
  return std::make_shared<Plan>(std::move(unit), program_, std::move(specs), *facts);
}

// The slot of a stale plan for these shapes, else the first empty one, else the next in turn.
std::size_t Runner::slot_for(std::span<const Tensor> inputs) {
  for (std::size_t i = 0; i < kPlans; ++i) {
    const auto* plan = shown_[i].load();
    if (plan && plan->matches(inputs)) return i;
  }
  for (std::size_t i = 0; i < kPlans; ++i) {
    if (!shown_[i].load()) return i;
  }
  return next_++ % kPlans;
}

void Runner::empty(std::size_t slot) {
  shown_[slot].store(nullptr);
  // Who reads now may still have seen it; who comes later will not. Reading takes some ten nanoseconds.
  while (readers_.load() != 0) std::this_thread::yield();
  owned_[slot].reset();
}

// An index in an error of a piece counts the piece's rows; the interpreter, op by op, finds it in the caller's batch.
void Runner::run(const Plan& plan, std::span<const Tensor> inputs, std::span<Tensor> outputs) const {
  try {
    plan.run(inputs, outputs);
  } catch (const Error&) {
    if (plan.in_pieces()) interpreter_.run(inputs);
    throw;
  }
}

std::vector<Tensor> Runner::run(std::span<const Tensor> inputs) {
  const auto found = plan_for(inputs);
  const auto& plan = *found;
  if (plan.is_interpreted()) return interpreter_.run(inputs);
  std::vector<Tensor> outputs;
  outputs.reserve(plan.results().size());
  for (const auto& spec : plan.results()) outputs.push_back(Tensor::empty(spec.dtype, spec.shape));
  run(plan, inputs, outputs);
  return outputs;
}

void Runner::check_outputs(const Plan& plan, std::span<const Tensor> outputs) const {
  const auto name = [&] { return "Function '" + program_.source->name + "'"; };
  if (plan.is_interpreted()) {
    throw ValueError(name() +
                     " holds strings or shapes that depend on values: its results cannot be written into "
                     "given tensors; use run.");
  }
  const auto& results = plan.results();
  if (outputs.size() != results.size()) {
    throw ValueError(name() + " has " + std::to_string(results.size()) + " results, received " +
                     std::to_string(outputs.size()) + " tensors to write them to");
  }
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (outputs[i].is_concrete() && outputs[i].dtype() == results[i].dtype && outputs[i].shape() == results[i].shape) {
      continue;
    }
    throw ValueError(name() + ": result " + std::to_string(i) + " is " + std::string(name_of(results[i].dtype)) +
                     " of shape " + results[i].shape.to_string() + ", received " + outputs[i].to_string() +
                     " to write it to");
  }
}

void Runner::run_into(std::span<const Tensor> inputs, std::span<Tensor> outputs) {
  const auto plan = plan_for(inputs);
  check_outputs(*plan, outputs);
  run(*plan, inputs, outputs);
}

void Runner::Session::prepare(std::span<const Tensor> inputs) {
  if (plan_ && all_concrete(inputs) && plan_->matches(inputs) && plan_->is_current()) return;
  auto plan = runner_.plan_for(inputs);
  session_.reset();
  plan_ = std::move(plan);
  if (plan_->is_interpreted() || plan_->in_pieces()) return;
  session_.emplace(*plan_);
  inputs_.resize(inputs.size());
  outputs_.resize(plan_->results().size());
}

void Runner::Session::run_into(std::span<const Tensor> inputs, std::span<Tensor> outputs) {
  prepare(inputs);
  runner_.check_outputs(*plan_, outputs);
  if (!session_) return runner_.run(*plan_, inputs, outputs);
  for (std::size_t i = 0; i < inputs.size(); ++i) inputs_[i] = inputs[i].raw();
  for (std::size_t i = 0; i < outputs.size(); ++i) outputs_[i] = outputs[i].mutable_raw();
  session_->run(inputs_.data(), outputs_.data());
}

}  // namespace hornbeam::graph
