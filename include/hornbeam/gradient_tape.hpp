// GradientTape: records what is computed and differentiates it backwards. Mirrors tf.GradientTape.
//
//   GradientTape tape;
//   const Tensor loss = ops::reduce_mean(ops::square(model(x).tensor() - y));
//   const std::vector<Tensor> gradients = tape.gradient(loss, model->trainable_variables());
//
// Works on values and inside a traced function alike. Gradients are computed with ops, so another tape may
// differentiate them again. Thread-safety: a tape records what its own thread computes and belongs to it.
#pragma once

#include <initializer_list>
#include <memory>
#include <variant>
#include <vector>

#include "hornbeam/tensor.hpp"
#include "hornbeam/variable.hpp"

namespace hornbeam {

struct GradientTapeOptions {
  bool persistent = false;               // gradient() may be called more than once
  bool watch_accessed_variables = true;  // trainable variables are watched when they are read
};

// What stands for the gradient of a source that no target depends on: an undefined tensor, or zeros.
enum class UnconnectedGradients { none, zero };

struct GradientOptions {
  // One per target, of its shape: multiplies its gradient. Default (also where undefined): ones.
  std::vector<Tensor> output_gradients = {};
  UnconnectedGradients unconnected_gradients = UnconnectedGradients::none;
};

// What may be differentiated by: a watched tensor or a variable.
class GradientSource {
 public:
  GradientSource(Tensor tensor) : value_(std::move(tensor)) {}
  GradientSource(Variable variable) : value_(std::move(variable)) {}
  const Tensor* tensor() const { return std::get_if<Tensor>(&value_); }
  const Variable* variable() const { return std::get_if<Variable>(&value_); }

 private:
  std::variant<Tensor, Variable> value_;
};
class GradientSources {
 public:
  GradientSources(std::initializer_list<GradientSource> sources) : sources_(sources) {}
  GradientSources(const std::vector<Tensor>& tensors) : sources_(tensors.begin(), tensors.end()) {}
  GradientSources(const std::vector<Variable>& variables) : sources_(variables.begin(), variables.end()) {}
  const std::vector<GradientSource>& list() const { return sources_; }

 private:
  std::vector<GradientSource> sources_;
};
class GradientTargets {
 public:
  GradientTargets(Tensor target) : targets_{std::move(target)} {}
  GradientTargets(std::vector<Tensor> targets) : targets_(std::move(targets)) {}
  GradientTargets(std::initializer_list<Tensor> targets) : targets_(targets) {}
  const std::vector<Tensor>& list() const { return targets_; }

 private:
  std::vector<Tensor> targets_;
};

class GradientTape {
 public:
  // Begins to record; recording ends with the tape, with stop(), or (unless persistent) with gradient().
  explicit GradientTape(const GradientTapeOptions& options = {});
  ~GradientTape();
  GradientTape(const GradientTape&) = delete;
  GradientTape& operator=(const GradientTape&) = delete;

  // What is computed from it is recorded from here on. Only floating-point values have gradients.
  void watch(const Tensor& tensor);
  void watch(const std::vector<Tensor>& tensors);
  void watch(const Variable& variable);
  void watch(const std::vector<Variable>& variables);
  // In the order they were first read.
  std::vector<Variable> watched_variables() const;

  // Leaves Python's `with` block: nothing is recorded any more. Without it a persistent tape also records how its
  // gradients are computed, which second derivatives by the same tape need and others pay for.
  void stop();
  // Forgets everything; variables are watched anew.
  void reset();

  // While the result lives, this tape records nothing.
  class Pause {
   public:
    explicit Pause(GradientTape& tape);
    ~Pause();
    Pause(const Pause&) = delete;
    Pause& operator=(const Pause&) = delete;

   private:
    GradientTape& tape_;
    bool was_recording_;
  };
  [[nodiscard]] Pause stop_recording() { return Pause(*this); }

  // d(sum of the target's elements) / d source, of the source's shape and dtype; undefined when the target does not
  // depend on the source. Throws RuntimeError when a tape that is not persistent is asked twice, LookupError when an op
  // on the way has no gradient.
  Tensor gradient(const Tensor& target, const GradientSource& source, const GradientOptions& options = {});
  // The same for the sum of several targets and by several sources.
  std::vector<Tensor> gradient(const GradientTargets& targets, const GradientSources& sources,
                               const GradientOptions& options = {});

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hornbeam
