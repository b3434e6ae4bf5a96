// Executable: a Function compiled to run. Compiled once; plans are made per concrete input shapes and cached.
//
// Thread-safety: `run` may be called from several threads at once; a run owns its arena. Assigning to a captured
// variable needs external locking against runs; the next run sees the new value (whatever was derived from the old one
// is remade).
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "graph/function.h"

namespace hornbeam::graph {

class Executable {
 public:
  // Optimises (inline, fold, dedupe, drop dead nodes, fuse); throws NotImplementedError naming an op without a kernel.
  explicit Executable(std::shared_ptr<const Function> function);
  ~Executable();
  Executable(const Executable&) = delete;
  Executable& operator=(const Executable&) = delete;

  const Function& function() const;

  // Inputs must have the arguments' dtypes and compatible shapes. Throws InvalidArgumentError.
  std::vector<Tensor> run(std::span<const Tensor> inputs) const;

  // Runs into memory the caller owns: no allocation after the first call with these shapes. `outputs` must have the
  // dtypes and shapes `run` would give. Throws ValueError when they have not, or when shapes depend on values.
  void run_into(std::span<const Tensor> inputs, std::span<Tensor> outputs) const;
  // Whether it can with such inputs: no shape depends on values, and nothing holds strings. Throws as run.
  bool can_run_into(std::span<const Tensor> inputs) const;

  // Names of the ops left after optimisation, in order (tests, `inspect`).
  std::vector<std::string> op_types() const;

  // Runs of one caller, one after another, on memory of its own: what is kept for the runs of all may be in use, and
  // then one run more allocates. Not for several threads at once; the executable must outlive it.
  class Session {
   public:
    explicit Session(const Executable& executable);
    ~Session();
    Session(Session&&) noexcept;
    Session& operator=(Session&&) noexcept;
    // What the first run_into with such inputs would make. Throws as it does.
    void prepare(std::span<const Tensor> inputs);
    // As Executable::run_into.
    void run_into(std::span<const Tensor> inputs, std::span<Tensor> outputs);

   private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
  };

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hornbeam::graph
