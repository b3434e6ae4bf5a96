#include <algorithm>
#include <chrono>
#include <cstring>
#include <exception>
#include <mutex>
#include <utility>

#include "graph/executor/plan.h"

namespace hornbeam::graph {
namespace {
constexpr double kWorthATeam = 1e6;  // some 20 us of work
}

Plan::State::State(const Plan& plan)
    : arena(plan.arena_bytes_),
      table(plan.table_.size()),
      stages(plan.stages_.size()),
      parts(plan.stages_.size()),
      variants(plan.variants_),
      inputs(plan.inputs_.size()),
      outputs(plan.results_.size()) {
  for (std::size_t i = 0; i < table.size(); ++i) {
    const auto& place = plan.table_[i];
    if (place.kind == Place::Kind::arena) table[i] = arena.data() + place.at;
    if (place.kind == Place::Kind::variant) table[i] = reinterpret_cast<std::byte*>(&variants[place.at]);
    // Kernels write to their outputs only, and no output is fixed.
    if (place.kind == Place::Kind::fixed && plan.fixed_[place.at].defined()) {
      table[i] = const_cast<std::byte*>(std::as_const(plan.fixed_[place.at]).raw());
    }
  }
}

class NoteWritten {
 public:
  explicit NoteWritten(const std::vector<Variable>& variables) : variables_(variables) {}
  ~NoteWritten() {
    for (const auto& variable : variables_) variable->note_written();
  }
  NoteWritten(const NoteWritten&) = delete;
  NoteWritten& operator=(const NoteWritten&) = delete;

 private:
  const std::vector<Variable>& variables_;
};

// Takes an idle state or makes one, and gives it back: an exchange each, no lock.
Plan::State* Plan::take_state() const {
  for (auto& slot : idle_) {
    if (!slot.load(std::memory_order_relaxed)) continue;
    if (auto* state = slot.exchange(nullptr, std::memory_order_acq_rel)) return state;
  }
  return new State(*this);
}

void Plan::give_back(State* state) const {
  for (auto& variant : state->variants) variant.reset();
  for (auto& slot : idle_) {
    State* none = nullptr;
    if (slot.compare_exchange_strong(none, state, std::memory_order_acq_rel)) return;
  }
  delete state;
}

class Plan::StateLease {
 public:
  explicit StateLease(const Plan& plan) : plan_(plan), state_(plan.take_state()) {}
  ~StateLease() { plan_.give_back(state_); }
  StateLease(const StateLease&) = delete;
  StateLease& operator=(const StateLease&) = delete;
  State& operator*() const { return *state_; }

 private:
  const Plan& plan_;
  State* state_;
};

// A kernel by this thread; one that cannot be shared out may call threads itself.
void Plan::run_alone(const Kernel& kernel, const KernelRun& io) {
  if (kernel.flops > 0) {
    for (std::size_t k = 0; k < kernel.stages(); ++k) kernel.run_stage(io, k, {});
  } else {
    kernel.run(io);
  }
}

void Plan::run_serially(std::byte** table, std::size_t first, std::size_t last) const {
  for (auto s = first; s < last; ++s) run_alone(*steps_[s].kernel, io(table, steps_[s]));
}

void Plan::run_profiled(std::byte** table, Profile& profile) const {
  using Clock = std::chrono::steady_clock;
  for (std::size_t s = 0; s < steps_.size(); ++s) {
    const auto start = Clock::now();
    steps_[s].kernel->run(io(table, steps_[s]));
    profile.add(labels_[s].op, labels_[s].node, labels_[s].form, Clock::now() - start);
  }
}

// A stage's inputs are ready when all parts of the stages before it are done.
bool Plan::run_by_team(State& state, const Segment& segment, int threads) const {
  struct Context {
    const Plan& plan;
    std::byte** table;
    std::size_t first;
  } context{*this, state.table.data(), segment.first};
  const auto body = [](void* opaque, std::size_t s, kernels::Part part) {
    const auto& [plan, table, first] = *static_cast<const Context*>(opaque);
    const auto& stage = plan.stages_[first + s];
    if (stage.whole && !stage.shared) return plan.run_serially(table, stage.first, stage.last);
    const auto& step = plan.steps_[stage.first];
    step.kernel->run_stage(io(table, step), stage.of_kernel, part);
  };
  const auto count = segment.last - segment.first;
  for (std::size_t s = 0; s < count; ++s) {
    state.parts[s] = static_cast<std::uint8_t>(stages_[segment.first + s].shared ? threads : 1);
  }
  kernels::Job job{body, &context, count, state.parts.data(), state.stages.data(), threads};
  return kernels::run_job(job);
}

bool Plan::run_segments(State& state, int threads) const {
  if (auto* profile = current_profile()) {
    run_profiled(state.table.data(), *profile);
    return false;
  }
  bool by_team = true;
  for (const auto& segment : segments_) {
    if (segment.team && threads > 1) {
      if (run_by_team(state, segment, threads)) continue;
      by_team = false;
    }
    run_serially(state.table.data(), stages_[segment.first].first, stages_[segment.last - 1].last);
  }
  return by_team;
}

void Plan::bind_arguments(State& state, std::int64_t row) const {
  for (const auto& patch : argument_patches_) {
    const auto at = static_cast<std::size_t>(row) * patch.row_bytes;
    state.table[patch.at] = const_cast<std::byte*>(state.inputs[patch.source]) + at;
  }
  for (const auto& [entry, variable] : variable_patches_) {
    state.table[entry] = const_cast<std::byte*>(variable->value().raw());
  }
}

void Plan::bind_results(State& state, std::int64_t row) const {
  for (const auto& patch : result_patches_) {
    const auto at = static_cast<std::size_t>(row) * patch.row_bytes;
    state.table[patch.at] = state.outputs[patch.source] + at;
  }
  const auto variant = [](const std::byte* p) { return reinterpret_cast<Variant*>(const_cast<std::byte*>(p)); };
  for (const auto& take : takes_) *variant(state.table[take.to]) = std::move(*variant(state.inputs[take.argument]));
}

void Plan::copy_results(State& state) const {
  for (const auto& copy : copies_) {
    if (copy.variant) {
      *reinterpret_cast<Variant*>(state.table[copy.to]) = *reinterpret_cast<const Variant*>(state.table[copy.from]);
    } else if (copy.bytes) {
      std::memcpy(state.table[copy.to], state.table[copy.from], copy.bytes);
    }
  }
}

bool Plan::run_bound(State& state, int threads) const {
  for (const auto& variable : written_) variable->writable();
  // Also when a kernel throws: some variables may have been written.
  const NoteWritten note(written_);
  bind_arguments(state, 0);
  bind_results(state, 0);
  const bool as_asked = run_segments(state, threads);
  copy_results(state);
  return as_asked;
}

bool Plan::run_whole(std::span<const Tensor> inputs, std::span<Tensor> outputs, int threads) const {
  const StateLease lease(*this);
  auto& state = *lease;
  for (std::size_t i = 0; i < inputs.size(); ++i) state.inputs[i] = inputs[i].raw();
  for (std::size_t i = 0; i < outputs.size(); ++i) state.outputs[i] = outputs[i].mutable_raw();
  return run_bound(state, threads);
}

Plan::Session::Session(const Plan& plan) : plan_(plan), state_(plan.take_state()) {}
Plan::Session::~Session() { plan_.give_back(state_); }

void Plan::Session::run(const std::byte* const* inputs, std::byte* const* outputs) {
  std::copy_n(inputs, state_->inputs.size(), state_->inputs.begin());
  std::copy_n(outputs, state_->outputs.size(), state_->outputs.begin());
  plan_.at_its_pace([&](int threads) { return plan_.run_bound(*state_, threads); });
}

// The last piece may overlap the one before, whose rows another thread may be writing: its own are made aside.
void Plan::run_piece(State& state, std::span<const Tensor> inputs, std::span<Tensor> outputs, std::int64_t piece,
                     std::int64_t rows) const {
  const auto begin = piece * rows_, first = std::min(begin, rows - rows_);
  const bool overlaps = first < begin;
  if (overlaps && state.aside.empty()) {
    for (const auto& spec : results_) state.aside.push_back(Tensor::empty(spec.dtype, spec.shape));
  }
  const auto into = overlaps ? std::span(state.aside) : outputs;
  for (std::size_t i = 0; i < inputs.size(); ++i) state.inputs[i] = inputs[i].raw();
  for (std::size_t i = 0; i < into.size(); ++i) state.outputs[i] = into[i].mutable_raw();
  bind_arguments(state, first);
  bind_results(state, overlaps ? 0 : first);
  if (auto* profile = current_profile()) {
    run_profiled(state.table.data(), *profile);
  } else {
    run_serially(state.table.data(), 0, steps_.size());
  }
  copy_results(state);
  for (std::size_t r = 0; overlaps && r < outputs.size(); ++r) {
    const auto row = outputs[r].bytes() / static_cast<std::size_t>(rows);
    if (row == 0) continue;
    const auto skipped = static_cast<std::size_t>(begin - first) * row;
    std::memcpy(outputs[r].mutable_raw() + static_cast<std::size_t>(begin) * row, state.aside[r].raw() + skipped,
                state.aside[r].bytes() - skipped);
  }
}

// Threads take pieces from a counter: one that is slower, or late, takes fewer.
void Plan::run_units(std::span<const Tensor> inputs, std::span<Tensor> outputs, int threads) const {
  std::atomic<std::int64_t> next{0};
  std::mutex mutex;
  std::int64_t failed = pieces_;
  std::exception_ptr failure;
  const auto work = [&](kernels::Part) noexcept {
    std::int64_t piece = 0;
    try {
      const StateLease lease(*unit_);
      while ((piece = next.fetch_add(1, std::memory_order_relaxed)) < pieces_) {
        unit_->run_piece(*lease, inputs, outputs, piece, rows_);
      }
    } catch (...) {
      const std::lock_guard lock(mutex);
      if (piece < failed) failure = std::current_exception();
      failed = std::min(piece, failed);
    }
  };
  if (threads > 1) {
    kernels::run_parts(threads, work);
  } else {
    work({});
  }
  if (failure) std::rethrow_exception(failure);
}

// `run` says whether as many threads worked as were asked for: not so when another run has the pool.
template <class Run>
void Plan::at_its_pace(Run&& run) const {
  const bool alone = flops_ < kWorthATeam || (unit_ && current_profile());
  const int threads = alone ? 1 : kernels::num_threads();
  if (threads == 1) {
    run(1);
    return;
  }
  using Clock = std::chrono::steady_clock;
  const bool team = pace_.team();
  const auto start = Clock::now();
  if (run(team ? threads : 1)) pace_.record(team, Clock::now() - start);
}

void Plan::run(std::span<const Tensor> inputs, std::span<Tensor> outputs) const {
  at_its_pace([&](int threads) {
    if (!unit_) return run_whole(inputs, outputs, threads);
    run_units(inputs, outputs, threads);
    return true;
  });
}

}  // namespace hornbeam::graph
