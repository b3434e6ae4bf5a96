// Plan: a program made for concrete input shapes and the present values of its captured variables: a flat list of
// kernels, a table of where their pointers come from, and the size of one arena.
//
// Immutable, but for the pool of run states. Thread-safety: run from any number of threads, unless the program writes
// variables; when a captured variable that was taken for stable changed, the plan is stale and another is made.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <span>
#include <vector>

#include "base/aligned.h"
#include "graph/executor/memory.h"
#include "graph/executor/pace.h"
#include "graph/executor/program.h"
#include "graph/profile.h"
#include "tensor/variant.h"

namespace hornbeam::graph {

class Plan {
  struct State;

 public:
  // `facts`: what `propagate` says of these inputs. Throws what kernels throw on shapes and values that do not fit.
  // `fixed`: of inputs that are the same in every run, the values. `takes`: inputs, variants, that a run may change and
  // leave empty.
  Plan(const Program& program, std::vector<TensorSpec> inputs, std::optional<Facts> facts,
       std::span<const Tensor> fixed = {}, const std::vector<bool>& takes = {});
  // For a batch whose rows do not depend on each other: `unit`, a plan for fewer of them, is run on one piece after the
  // other, each on one thread. When pieces do not divide the batch the last one overlaps the one before.
  Plan(std::shared_ptr<const Plan> unit, const Program& program, std::vector<TensorSpec> inputs, const Facts& facts);
  ~Plan();
  Plan(const Plan&) = delete;
  Plan& operator=(const Plan&) = delete;

  // Do dtypes and shapes of the inputs equal those the plan was made for? Asks for concrete tensors.
  bool matches(std::span<const Tensor> inputs) const;
  // Are all captured variables as they were? Cheap when no variable changed at all.
  bool is_current() const;

  // No plan could be made: the program is to be interpreted on these shapes.
  bool is_interpreted() const { return interpreted_; }
  // Runs some rows at a time: where an error says that something is wrong may be told within those rows.
  bool in_pieces() const { return unit_ != nullptr; }
  const std::vector<TensorSpec>& results() const { return results_; }

  // `inputs` must match; outputs must have the dtypes and shapes of results(). No allocation after the first runs.
  void run(std::span<const Tensor> inputs, std::span<Tensor> outputs) const;

  // Many runs, one after another, on memory of whoever makes them: a loop's turns.
  class Session {
   public:
    explicit Session(const Plan& plan);
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;
    void run(const std::byte* const* inputs, std::byte* const* outputs);

   private:
    const Plan& plan_;
    State* state_;
  };

 private:
  // What one run owns.
  struct State {
    explicit State(const Plan& plan);
    base::AlignedBytes arena;
    std::vector<std::byte*> table;
    std::vector<kernels::StageState> stages;  // of the team at work
    std::vector<std::uint8_t> parts;          // per stage
    std::vector<Tensor> aside;                // results of a piece that overlaps another
    std::vector<Variant> variants;
    std::vector<const std::byte*> inputs;  // of the run
    std::vector<std::byte*> outputs;
  };
  struct Step {
    const Kernel* kernel;
    std::uint32_t in, out, scratch;  // places in the table
  };
  // Steps [first, last): some that one thread runs, or one stage of one step's kernel, which a team shares out when it
  // is worth it.
  struct Stage {
    std::size_t first, last;
    bool shared;
    std::size_t of_kernel = 0;
    bool whole = true;  // all stages of the kernels
  };
  // Stages [first, last) that a team runs, or this thread alone.
  struct Segment {
    std::size_t first, last;
    bool team;
  };
  // What a profile calls a step.
  struct Label {
    std::string op, node, form;
  };
  struct Copy {
    std::uint32_t from, to;
    std::size_t bytes;
    bool variant;
  };
  // A variant that the run takes from its caller.
  struct Take {
    std::size_t argument;
    std::uint32_t to;
  };
  struct Patch {
    std::uint32_t at, source;
    std::size_t row_bytes;
  };
  class StateLease;
  State* take_state() const;
  void give_back(State* state) const;

  void note_inputs(std::vector<TensorSpec> inputs);
  void note_results(const Program& program, const Facts& facts);
  void evaluate_stable(const Program& program, Facts& facts, std::span<const Tensor> fixed);
  void make_kernels(const Program& program, const Facts& facts, const std::vector<std::size_t>& steps);
  void make_table(const Program& program, const MemoryPlan& memory, const std::vector<std::size_t>& steps);
  void make_segments();
  std::uint32_t entry(const Program& program, const Place& place);
  // Runs on what the state's `inputs` and `outputs` point to. False: the pool was taken.
  bool run_bound(State& state, int threads) const;
  bool run_whole(std::span<const Tensor> inputs, std::span<Tensor> outputs, int threads) const;
  template <class Run>
  void at_its_pace(Run&& run) const;
  void run_units(std::span<const Tensor> inputs, std::span<Tensor> outputs, int threads) const;
  // The plan's rows from row `piece` times their number on, of `rows`.
  void run_piece(State& state, std::span<const Tensor> inputs, std::span<Tensor> outputs, std::int64_t piece,
                 std::int64_t rows) const;
  // The plan's arguments and results are the rows from `row` on of the state's inputs and outputs.
  void bind_arguments(State& state, std::int64_t row) const;
  void bind_results(State& state, std::int64_t row) const;
  void copy_results(State& state) const;
  bool run_segments(State& state, int threads) const;  // false: the pool was taken
  void run_serially(std::byte** table, std::size_t first, std::size_t last) const;
  void run_profiled(std::byte** table, Profile& profile) const;  // all steps
  bool run_by_team(State& state, const Segment& segment, int threads) const;
  static KernelRun io(std::byte** table, const Step& step) {
    return {table + step.in, table + step.out, table[step.scratch]};
  }
  static void run_alone(const Kernel& kernel, const KernelRun& io);

  std::vector<TensorSpec> inputs_, results_;
  std::vector<std::pair<Variable, std::uint64_t>> versions_;
  mutable std::atomic<std::uint64_t> seen_epoch_;
  bool interpreted_ = false;

  std::vector<Tensor> fixed_;  // per value: known and stable values that kernels read
  std::vector<std::unique_ptr<Kernel>> kernels_;
  std::vector<Step> steps_;
  std::vector<Label> labels_;  // per step
  std::vector<Stage> stages_;
  std::vector<Segment> segments_;
  double flops_ = 0;
  std::shared_ptr<const Plan> unit_;
  std::int64_t rows_ = 0, pieces_ = 1;
  mutable Pace pace_;
  std::vector<Copy> copies_;
  std::vector<Take> takes_;
  std::vector<std::shared_ptr<const Plan>> nested_;  // of functions that steps call
  std::vector<Place> table_;
  std::vector<Patch> argument_patches_, result_patches_;
  std::vector<std::pair<std::uint32_t, Variable>> variable_patches_;
  std::vector<Variable> written_;
  std::size_t arena_bytes_ = 0, variants_ = 0;

  static constexpr std::size_t kIdle = 16;  // run states kept for the next runs
  mutable std::array<std::atomic<State*>, kIdle> idle_{};
};

}  // namespace hornbeam::graph
