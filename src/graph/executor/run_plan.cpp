#include <cstring>
#include <utility>

#include "graph/executor/plan.h"

namespace hornbeam::graph {
namespace {
constexpr double kWorthATeam = 1e6;  // some 20 us of work
}

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

void Plan::run_serially(std::byte** table, std::size_t first, std::size_t last) const {
  for (auto s = first; s < last; ++s) {
    const auto& step = steps_[s];
    if (step.kernel->flops > 0) {
      step.kernel->run_part(io(table, step), {});
    } else {
      step.kernel->run(io(table, step));
    }
  }
}

// A step's inputs are ready when all threads have passed the barrier behind the steps that make them.
void Plan::run_by_team(std::byte** table, std::size_t first, std::size_t last, int threads) const {
  kernels::run_team(threads, [&](kernels::Part part, kernels::Barrier& barrier) {
    for (auto s = first; s < last; ++s) {
      const auto& step = steps_[s];
      if (step.shared) {
        step.kernel->run_part(io(table, step), part);
      } else if (part.index == 0) {
        step.kernel->run_part(io(table, step), {});
      }
      const bool more = s + 1 < last;
      if (more && (step.shared || steps_[s + 1].shared)) barrier.wait();
    }
  });
}

void Plan::run(std::span<const Tensor> inputs, std::span<Tensor> outputs) const {
  const StateLease lease(*this);
  auto* table = (*lease).table.data();
  for (const auto& patch : argument_patches_) table[patch.at] = const_cast<std::byte*>(inputs[patch.source].raw());
  for (const auto& patch : result_patches_) table[patch.at] = outputs[patch.source].mutable_raw();
  const int threads = flops_ < kWorthATeam ? 1 : kernels::num_threads();
  for (const auto& segment : segments_) {
    if (segment.team && threads > 1) {
      run_by_team(table, segment.first, segment.last, threads);
    } else {
      run_serially(table, segment.first, segment.last);
    }
  }
  for (const auto& copy : copies_) {
    if (copy.bytes) std::memcpy(table[copy.to], table[copy.from], copy.bytes);
  }
}

}  // namespace hornbeam::graph
