// Where an op call goes that is not run at once. Rooms above `ops` make their own: the tracer appends a node to a
// function, the Keras engine appends an op-layer to a functional model.
#pragma once

#include <span>
#include <utility>
#include <vector>

#include "hornbeam/attrs.hpp"
#include "hornbeam/tensor.hpp"
#include "hornbeam/variable.hpp"

namespace hornbeam {

struct OpDef;

class Recorder {
 public:
  virtual ~Recorder() = default;
  // Higher is more symbolic; a call with mixed inputs goes to the highest.
  virtual int level() const = 0;
  // Inputs may be concrete; the recorder makes constants of them. `attrs` are complete (defaults filled in).
  virtual std::vector<Tensor> record(const OpDef& op, std::span<const Tensor> inputs, const Attrs& attrs) = 0;
  // Are tensors of `other` inputs like its own? So for a function that captures what encloses it.
  virtual bool takes_from(const Recorder& /*other*/) const { return false; }
  // Value of the variable as seen from inside (a captured ReadVariableOp).
  virtual Tensor read_variable(const Variable& variable) = 0;
};

// The recorder that is tracing on this thread, or null: a variable read without inputs goes to it.
Recorder* current_recorder();
class RecorderScope {
 public:
  explicit RecorderScope(Recorder* recorder);
  ~RecorderScope();
  RecorderScope(const RecorderScope&) = delete;
  RecorderScope& operator=(const RecorderScope&) = delete;

 private:
  Recorder* saved_;
};

// Sees the op calls and variable reads of a thread as they are made, eager and traced alike: gradient tapes.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void on_call(const OpDef& op, const Attrs& attrs, std::span<const Tensor> inputs,
                       std::span<const Tensor> outputs) = 0;
  // `value` is what the read gave: a handle of its own for each read of a concrete value.
  virtual void on_read(const Variable& variable, const Tensor& value) = 0;
};
// Those of this thread, in the order they began.
std::vector<Observer*>& observers();

// While alive, nobody observes this thread.
class ObserverPause {
 public:
  ObserverPause() { observers().swap(paused_); }
  ~ObserverPause() { observers().swap(paused_); }
  ObserverPause(const ObserverPause&) = delete;
  ObserverPause& operator=(const ObserverPause&) = delete;
  const std::vector<Observer*>& paused() const { return paused_; }

 private:
  std::vector<Observer*> paused_;
};

// While alive, floating variables read on this thread are cast to `dtype` by `cast` (Keras's AutoCastVariable).
class AutocastScope {
 public:
  using Cast = Tensor (*)(const Tensor& value, DType dtype);
  AutocastScope(DType dtype, Cast cast);
  ~AutocastScope();
  AutocastScope(const AutocastScope&) = delete;
  AutocastScope& operator=(const AutocastScope&) = delete;

 private:
  std::pair<DType, Cast> saved_;
};

}  // namespace hornbeam
