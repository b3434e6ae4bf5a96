// LossScaleOptimizer: what lets models train in float16, whose gradients are too small without it.
//
//   auto adam = optimizers::LossScaleOptimizer(optimizers::Adam({.learning_rate = 1e-3}));
//   GradientTape tape;
//   const Tensor loss = ...;
//   const auto gradients = tape.gradient(adam->scale_loss(loss), variables);
//   adam->apply_gradients(adam->get_unscaled_gradients(gradients), variables);
//
// fit does the same by itself, and a model whose policy is mixed_float16 wraps its optimizer when it is compiled.
#pragma once

#include "hornbeam/optimizers/optimizer.hpp"

namespace hornbeam {

// The loss is multiplied by a scale and the gradients divided by it. When one is not finite the step is left out and
// the scale halved; after `dynamic_growth_steps` steps without that it is doubled. Kerases differ: Keras 2 looks at the
// unscaled gradients, and its scale is at least 1; Keras 3 at the scaled ones, without a least scale; 2.15 alone counts
// a step that was left out among the iterations.
class LossScaleObject final : public OptimizerObject {
 public:
  struct Settings {
    bool dynamic = true;  // false: the scale stays; Keras 2 alone
    double initial_scale = 32768.0;
    std::int64_t dynamic_growth_steps = 2000;
    double multiplier = 2.0;  // other than 2: tf.keras 2.2 alone
    std::optional<std::string> name = {};
    bool automatic = false;  // compile() made it, and archives say what it was made of
  };
  // Throws ValueError and TypeError in Keras's words.
  LossScaleObject(const Optimizer& inner, const Settings& settings);
  ~LossScaleObject() override;

  const Optimizer& inner_optimizer() const { return inner_; }
  bool dynamic() const { return settings_.dynamic; }
  double initial_scale() const { return settings_.initial_scale; }
  std::int64_t dynamic_growth_steps() const { return settings_.dynamic_growth_steps; }
  bool is_automatic() const { return settings_.automatic; }
  // The scale as it is now, and how many steps have been made since it changed; null when it is not dynamic.
  const Variable& loss_scale() const { return scale_; }
  const Variable& dynamic_counter() const { return counter_; }

  // ---- those of the optimizer within ----
  const std::string& class_name() const override;  // "LossScaleOptimizerV3" of the modern generation
  void follow(Target target) override;
  const Variable& iterations() const override { return inner_->iterations(); }
  const Variable& learning_rate() const override { return inner_->learning_rate(); }
  double current_learning_rate() const override { return inner_->current_learning_rate(); }
  const LearningRateSchedule& learning_rate_schedule() const override { return inner_->learning_rate_schedule(); }
  void set_learning_rate_dtype(DType dtype) override;
  void set_learning_rate(double value) override { inner_->set_learning_rate(value); }
  const OptimizerOptions& options() const override { return inner_->options(); }
  void exclude_from_weight_decay(const std::vector<Variable>& variables,
                                 const std::vector<std::string>& names = {}) override;
  void build(const std::vector<Variable>& variables) override;
  // In Keras 3 its own before those of the optimizer within; Keras 2 saves those alone, and the scale in checkpoints.
  std::vector<Variable> variables() const override;
  std::vector<Variable> all_state() const override;
  void set_weights(const std::vector<Tensor>& values) override;
  Variable slot(const Variable& variable, const std::string& name) const override;
  std::vector<Edge> checkpoint_children(Target target) const override;
  std::vector<Slot> checkpoint_slots() const override;
  void check_takes_slots() const override { inner_->check_takes_slots(); }
  std::uint64_t settings_version() override { return inner_->settings_version(); }
  Tensor scale_loss(const Tensor& loss) const override;
  std::vector<Tensor> get_unscaled_gradients(std::vector<Tensor> gradients) const override;
  void finalize_variable_values() override { inner_->finalize_variable_values(); }
  void swap_averages() override { inner_->swap_averages(); }
  void restart_averages() override { inner_->restart_averages(); }

  using OptimizerObject::get_config;
  // A legacy one is spelled as tf.keras 2.2 does, or, while the current target is tf.keras 2.15, as that does.
  Config get_config(OptimizerGeneration generation) const override;
  Config to_config() const override;
  // One that is not dynamic becomes in Keras 3 the optimizer within, with its loss_scale_factor.
  Optimizer converted(OptimizerGeneration generation, std::vector<std::string>* notes = nullptr) const override;

 protected:
  std::vector<std::vector<SlotName>> slot_groups() const override { return {}; }
  void update(const Tensor&, const Variable&, const std::vector<Variable>&, const Scalars&) const override {}
  void add_settings(Config&, OptimizerGeneration, bool) const override {}
  void append_step(std::vector<Tensor> gradients, std::vector<Variable> variables) override;
  void generation_changed() override;

 private:
  class State;
  Tensor scale_as(DType dtype) const;
  bool is_keras3() const { return generation() == OptimizerGeneration::keras3; }
  void check_inner() const;
  void note_step(bool made);
  void rename_own();
  Config scale_config() const;

  Optimizer inner_;
  Settings settings_;
  Variable scale_, counter_;
  std::shared_ptr<State> state_;  // as checkpoints of Keras 2 see the two
  mutable bool slots_are_own_ = false;
};

// The LossScaleOptimizer that this is; null when it is another.
std::shared_ptr<LossScaleObject> as_loss_scale(const Optimizer& optimizer);

namespace optimizers {

// Absent ones have Keras's defaults: 32768 and 2000 of a scale that is dynamic.
struct LossScaleOptimizerOptions {
  bool dynamic = true;
  std::optional<double> initial_scale = {};
  std::optional<std::int64_t> dynamic_growth_steps = {};
  double multiplier = 2.0;
  std::optional<std::string> name = {};  // keras3
};

// Of the generation of the optimizer that it wraps. Throws ValueError and TypeError in Keras's words.
Optimizer LossScaleOptimizer(const Optimizer& inner_optimizer, const LossScaleOptimizerOptions& options = {});

}  // namespace optimizers
}  // namespace hornbeam
