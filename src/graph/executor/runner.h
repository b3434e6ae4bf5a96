// Runner: a compiled function with the plans made for it so far; what Executable is outside of this room.
//
// Plans are found in a few slots without a lock. A run holds the plan it found, so that one that was pushed out is
// deleted by its last run. Slots are emptied and filled by builders, one at a time, and only while nobody reads them.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "graph/executor/interpret.h"
#include "graph/executor/plan.h"

namespace hornbeam::graph {

class Runner {
 public:
  Runner(std::shared_ptr<const Function> function, CompileBudget& budget);

  const Program& program() const { return program_; }
  // As Executable's.
  std::vector<Tensor> run(std::span<const Tensor> inputs);
  void run_into(std::span<const Tensor> inputs, std::span<Tensor> outputs);
  bool can_run_into(std::span<const Tensor> inputs) { return !plan_for(inputs)->is_interpreted(); }

  // As Executable's.
  class Session {
   public:
    explicit Session(Runner& runner) : runner_(runner) {}
    void prepare(std::span<const Tensor> inputs);
    void run_into(std::span<const Tensor> inputs, std::span<Tensor> outputs);

   private:
    Runner& runner_;
    std::shared_ptr<const Plan> plan_;
    std::optional<Plan::Session> session_;  // of the plan; none where it is interpreted, or run in pieces
    std::vector<const std::byte*> inputs_;
    std::vector<std::byte*> outputs_;
  };

 private:
  static constexpr std::size_t kPlans = 8;
  class Reading;

  std::shared_ptr<const Plan> find(std::span<const Tensor> inputs);
  std::shared_ptr<const Plan> plan_for(std::span<const Tensor> inputs);
  std::shared_ptr<const Plan> obtain(std::span<const Tensor> inputs);
  std::shared_ptr<const Plan> make(std::span<const Tensor> inputs);
  std::size_t slot_for(std::span<const Tensor> inputs);
  void empty(std::size_t slot);
  // Throws ValueError when the plan's results cannot be written to these.
  void check_outputs(const Plan& plan, std::span<const Tensor> outputs) const;
  void run(const Plan& plan, std::span<const Tensor> inputs, std::span<Tensor> outputs) const;

  Program program_;
  Interpreter interpreter_;
  std::array<std::atomic<const Plan*>, kPlans> shown_{};
  std::atomic<int> readers_{0};
  std::array<std::shared_ptr<const Plan>, kPlans> owned_;  // what the slots show
  std::mutex mutex_;                                       // guards what follows, and building
  std::size_t next_ = 0;
};

}  // namespace hornbeam::graph
