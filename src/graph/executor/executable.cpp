#include <algorithm>
#include <array>
#include <atomic>
#include <mutex>
#include <thread>

#include "graph/executor.h"
#include "graph/executor/interpret.h"
#include "graph/executor/plan.h"
#include "graph/executor/rows.h"
#include "ops/kernels/parallel.h"

namespace hornbeam::graph {
namespace {
constexpr std::size_t kPlans = 8;
}

// Plans are found in a few slots without a lock. A run holds the plan it found, so that one that was pushed out is
// deleted by its last run. Slots are emptied and filled by builders, one at a time, and only while nobody reads them.
struct Executable::Impl {
  explicit Impl(std::shared_ptr<const Function> f) : program(std::move(f)), interpreter(program) {}

  class Reading {
   public:
    explicit Reading(Impl& impl) : impl_(impl) { impl_.readers.fetch_add(1); }
    ~Reading() { impl_.readers.fetch_sub(1); }
    Reading(const Reading&) = delete;
    Reading& operator=(const Reading&) = delete;

   private:
    Impl& impl_;
  };

  std::shared_ptr<const Plan> find(std::span<const Tensor> inputs) {
    const Reading reading(*this);
    for (std::size_t i = 0; i < kPlans; ++i) {
      const auto* plan = shown[i].load();
      if (plan && plan->matches(inputs)) return plan->is_current() ? owned[i] : nullptr;
    }
    return nullptr;
  }

  std::shared_ptr<const Plan> plan_for(std::span<const Tensor> inputs) {
    bool concrete = inputs.size() == program.function.arguments.size();
    for (const auto& input : inputs) concrete = concrete && input.is_concrete();
    if (concrete) {
      if (auto plan = find(inputs)) return plan;
    }
    program.check_inputs(inputs);
    const std::lock_guard lock(mutex);
    return obtain(inputs);
  }

  // The current plan for these inputs, made if there is none.
  std::shared_ptr<const Plan> obtain(std::span<const Tensor> inputs) {
    if (auto plan = find(inputs)) return plan;
    empty(slot_for(inputs));  // before the new one is made: weights are packed once at a time
    auto plan = make(inputs);
    const auto slot = slot_for(inputs);
    empty(slot);
    owned[slot] = plan;
    shown[slot].store(plan.get());
    return plan;
  }

  std::shared_ptr<const Plan> make(std::span<const Tensor> inputs) {
    std::vector<Shape> shapes;
    for (const auto& input : inputs) shapes.push_back(input.shape());
    auto facts = propagate(program, shapes);
    const auto rows = facts ? rows_at_a_time(program, shapes, *facts, kernels::num_threads()) : 0;
    if (rows == 0) return std::make_shared<Plan>(program, inputs, std::move(facts));
    std::vector<Tensor> pieces;
    for (const auto& input : inputs) {
      auto shape = input.shape();
      shape[0] = rows;
      pieces.push_back(Tensor::borrow(input.dtype(), shape, input.raw()));
    }
    auto unit = obtain(pieces);
    if (unit->is_interpreted()) return std::make_shared<Plan>(program, inputs, std::move(facts));
    return std::make_shared<Plan>(std::move(unit), program, inputs, *facts);
  }

  // The slot of a stale plan for these shapes, else the first empty one, else the next in turn.
  std::size_t slot_for(std::span<const Tensor> inputs) {
    for (std::size_t i = 0; i < kPlans; ++i) {
      const auto* plan = shown[i].load();
      if (plan && plan->matches(inputs)) return i;
    }
    for (std::size_t i = 0; i < kPlans; ++i) {
      if (!shown[i].load()) return i;
    }
    return next++ % kPlans;
  }

  void empty(std::size_t slot) {
    shown[slot].store(nullptr);
    // Who reads now may still have seen it; who comes later will not. Reading takes some ten nanoseconds.
    while (readers.load() != 0) std::this_thread::yield();
    owned[slot].reset();
  }

  // An index in an error of a piece counts the piece's rows; the interpreter, op by op, finds it in the caller's batch.
  void run(const Plan& plan, std::span<const Tensor> inputs, std::span<Tensor> outputs) const {
    try {
      plan.run(inputs, outputs);
    } catch (const Error&) {
      if (plan.in_pieces()) interpreter.run(inputs);
      throw;
    }
  }

  Program program;
  Interpreter interpreter;
  std::array<std::atomic<const Plan*>, kPlans> shown{};
  std::atomic<int> readers{0};
  std::array<std::shared_ptr<const Plan>, kPlans> owned;  // what the slots show
  std::mutex mutex;                                       // guards what follows, and building
  std::size_t next = 0;
};

Executable::Executable(std::shared_ptr<const Function> function) : impl_(std::make_unique<Impl>(std::move(function))) {}
Executable::~Executable() = default;

const Function& Executable::function() const { return *impl_->program.source; }

std::vector<Tensor> Executable::run(std::span<const Tensor> inputs) const {
  const kernels::DenormalsAreZero flush;
  const auto found = impl_->plan_for(inputs);
  const auto& plan = *found;
  if (plan.is_interpreted()) return impl_->interpreter.run(inputs);
  std::vector<Tensor> outputs;
  outputs.reserve(plan.results().size());
  for (const auto& spec : plan.results()) outputs.push_back(Tensor::empty(spec.dtype, spec.shape));
  impl_->run(plan, inputs, outputs);
  return outputs;
}

void Executable::run_into(std::span<const Tensor> inputs, std::span<Tensor> outputs) const {
  const kernels::DenormalsAreZero flush;
  const auto found = impl_->plan_for(inputs);
  const auto& plan = *found;
  const auto name = [&] { return "Function '" + function().name + "'"; };
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
  impl_->run(plan, inputs, outputs);
}

std::vector<std::string> Executable::op_types() const {
  std::vector<std::string> types;
  for (const auto& node : impl_->program.function.graph.nodes) types.push_back(node.op->name);
  return types;
}

}  // namespace hornbeam::graph
