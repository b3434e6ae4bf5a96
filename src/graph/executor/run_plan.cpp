#include <cstring>
#include <utility>

#include "graph/executor/plan.h"

namespace hornbeam::graph {

Plan::State::State(const Plan& plan) : arena(plan.arena_bytes_), table(plan.table_.size()) {
  for (std::size_t i = 0; i < table.size(); ++i) {
    const auto& place = plan.table_[i];
    if (place.kind == Place::Kind::arena) table[i] = arena.data() + place.at;
    // Kernels write to their outputs only, and no output is fixed.
    if (place.kind == Place::Kind::fixed && plan.fixed_[place.at].defined()) {
      table[i] = const_cast<std::byte*>(std::as_const(plan.fixed_[place.at]).raw());
    }
  }
}

// Takes an idle state or makes one, and gives it back: an exchange each, no lock.
class Plan::StateLease {
 public:
  explicit StateLease(const Plan& plan) : plan_(plan) {
    for (auto& slot : plan_.idle_) {
      if (!slot.load(std::memory_order_relaxed)) continue;
      state_ = slot.exchange(nullptr, std::memory_order_acq_rel);
      if (state_) return;
    }
    state_ = new State(plan_);
  }
  ~StateLease() {
    for (auto& slot : plan_.idle_) {
      State* none = nullptr;
      if (slot.compare_exchange_strong(none, state_, std::memory_order_acq_rel)) return;
    }
    delete state_;
  }
  StateLease(const StateLease&) = delete;
  StateLease& operator=(const StateLease&) = delete;
  State& operator*() const { return *state_; }

 private:
  const Plan& plan_;
  State* state_;
};

void Plan::run_steps(std::byte** table) const {
  for (const auto& step : steps_) {
    step.kernel->run({table + step.in, table + step.out, table[step.scratch]});
  }
  for (const auto& copy : copies_) {
    if (copy.bytes) std::memcpy(table[copy.to], table[copy.from], copy.bytes);
  }
}

void Plan::run(std::span<const Tensor> inputs, std::span<Tensor> outputs) const {
  const StateLease lease(*this);
  auto* table = (*lease).table.data();
  for (const auto& patch : argument_patches_) table[patch.at] = const_cast<std::byte*>(inputs[patch.source].raw());
  for (const auto& patch : result_patches_) table[patch.at] = outputs[patch.source].mutable_raw();
  run_steps(table);
}

}  // namespace hornbeam::graph
