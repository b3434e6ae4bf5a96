// What all optimizers are: settings, state, steps, configs.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "hornbeam/config.hpp"
#include "hornbeam/optimizers/options.hpp"
#include "hornbeam/target.hpp"
#include "hornbeam/tensor.hpp"
#include "hornbeam/trackable.hpp"
#include "hornbeam/variable.hpp"

namespace hornbeam {

class EagerSteps;
class Optimizer;

class OptimizerObject : public Trackable {
 public:
  // Throws ValueError in Keras's words for options that contradict each other.
  OptimizerObject(const char* class_name, const LearningRate& learning_rate, const OptimizerOptions& options);
  OptimizerObject(const OptimizerObject&) = delete;
  OptimizerObject& operator=(const OptimizerObject&) = delete;
  ~OptimizerObject() override;

  // ---- identity ----
  virtual const std::string& class_name() const { return class_name_; }
  // Given, or Keras's default: "Adam" in Keras 2, "adam" in Keras 3.
  std::string name() const { return name_in(generation_); }
  // Before build: slots have it in their names.
  void set_name(const std::string& name);
  OptimizerGeneration generation() const { return generation_; }
  // Takes the generation of this target, unless one was asked for or there is state already.
  virtual void follow(Target target);

  // ---- settings ----
  // Scalars that a compiled step reads when it runs: int64 and floatx().
  virtual const Variable& iterations() const { return iterations_; }
  // Where a schedule sets it: that of the last step (before the first: of the first).
  virtual const Variable& learning_rate() const { return learning_rate_; }
  // What the next step takes: the schedule's, or the variable's value.
  virtual double current_learning_rate() const;
  // Empty when the learning rate is a number.
  virtual const LearningRateSchedule& learning_rate_schedule() const { return schedule_; }
  // It is kept in floatx() unless a file says otherwise. Before the first step.
  virtual void set_learning_rate_dtype(DType dtype);
  // Throws TypeError in Keras's words when a schedule sets it.
  virtual void set_learning_rate(double value);
  virtual const OptimizerOptions& options() const { return options_; }
  // Keras 3's attribute: its LossScaleOptimizer takes it from the optimizer that it wraps.
  virtual void set_loss_scale_factor(std::optional<double> factor);
  // Leaves these variables, and those in whose name one of these expressions of RE2 is found, out of weight decay.
  // Replaces what was excluded before. Throws ValueError once the optimizer is built; is not saved, as in Keras.
  virtual void exclude_from_weight_decay(const std::vector<Variable>& variables,
                                         const std::vector<std::string>& names = {});

  // ---- state ----
  // Makes the slots that the rule keeps of each variable; once (later calls for the same variables do nothing).
  virtual void build(const std::vector<Variable>& variables);  // ValueError: use_ema of a legacy optimizer
  bool built() const { return built_; }
  // What Keras saves, in its generation's order (iterations first; keras3: then the learning rate).
  virtual std::vector<Variable> variables() const;
  // All that the next step depends on: these, the learning rate, and what Keras keeps elsewhere.
  virtual std::vector<Variable> all_state() const;
  std::vector<Tensor> get_weights() const;
  // Of `variables()`. Throws ValueError in Keras's words when count or a shape differs; then nothing is assigned.
  virtual void set_weights(const std::vector<Tensor>& values);
  // The slot of a variable by Keras's name ("m", "momentum", "velocity"); null when there is none.
  virtual Variable slot(const Variable& variable, const std::string& name) const;

  // Of the generation, whichever Keras asks. Legacy: "iter" and the settings that it keeps in variables, and slots;
  // newer ones: the list "_variables" and further names of the same.
  std::vector<Edge> checkpoint_children(Target target) const override;
  std::vector<Slot> checkpoint_slots() const override;
  void check_takes_slots() const override;
  // Rises when a restored checkpoint changed a setting: steps that were compiled before are of no more use.
  virtual std::uint64_t settings_version();

  // ---- training ----
  // One step: clips, decays, updates the variables and the state, counts. `gradients` are one for each variable;
  // undefined ones leave their variable alone. Inside a traced function the step is appended to it; else it is compiled
  // once and run. Throws ValueError "No gradients provided for any variable: ..." when all are undefined, ValueError
  // "Unknown variable" for one it was not built for.
  void apply_gradients(const std::vector<Tensor>& gradients, const std::vector<Variable>& variables);
  // The gradients of the loss, from the tape, applied.
  template <class Tape>
  void minimize(const Tensor& loss, const std::vector<Variable>& variables, Tape& tape) {
    apply_gradients(get_unscaled_gradients(tape.gradient(scale_loss(loss), variables)), variables);
  }
  // What training differentiates: the loss multiplied by loss_scale_factor, or a LossScaleOptimizer's scale
  // (get_scaled_loss in Keras 2).
  virtual Tensor scale_loss(const Tensor& loss) const;
  // What of the gradients of that is given to apply_gradients: Keras 2's loss scale is divided out here, Keras 3's by
  // the step itself. Undefined ones stay so.
  virtual std::vector<Tensor> get_unscaled_gradients(std::vector<Tensor> gradients) const { return gradients; }
  // After training with use_ema: each variable becomes its average. Without it, or before build: nothing is done.
  virtual void finalize_variable_values();
  // Each variable and its average change places. Throws ValueError in Keras's words without use_ema, or before build.
  virtual void swap_averages();
  // Each average becomes its variable's value. Throws as swap_averages.
  virtual void restart_averages();

  // ---- config ----
  Config get_config() const { return get_config(generation_); }
  // As the optimizer of that generation would say it. Throws ValueError naming a setting it has not.
  virtual Config get_config(OptimizerGeneration generation) const;
  // {"class_name": "Custom>Adam", "config": {...}} as training configs of H5 files say it.
  virtual Config to_config() const;
  // The same rule and state in another generation: a new optimizer, built for the same variables. What had to be
  // changed is appended to `notes`. Throws ValueError when the arithmetic is another there.
  virtual Optimizer converted(OptimizerGeneration generation, std::vector<std::string>* notes = nullptr) const;

 protected:
  // Scalars of one step, of one dtype.
  using Scalars = std::map<std::string, Tensor>;

  // A slot's name in each generation.
  struct SlotName {
    const char* legacy;
    const char* modern;
    const char* keras3;
    double initial = 0.0;
    const char* in(OptimizerGeneration generation) const;
  };
  // What a slot begins as.
  struct SlotStart {
    Tensor value;        // undefined: this variable has no such slot
    bool listed = true;  // among variables(); else only in checkpoints' lists
    std::string path{};  // instead of the one that the generation would give
  };
  // State that is one scalar for all variables, of the first one's dtype. As the slot's name and, in checkpoints, the
  // child's.
  struct SharedSlot {
    SlotName name;
    SlotName child;
  };
  // Slots in Keras's order: the groups one after another, and within a group (all its slots for a variable, then for
  // the next).
  virtual std::vector<std::vector<SlotName>> slot_groups() const = 0;
  // Of the variable's shape and dtype, filled with the slot's `initial`, unless the rule says otherwise.
  virtual SlotStart slot_start(const Variable& variable, const SlotName& slot) const;
  // Legacy optimizers save it before the slots, Keras 3's after them, the others in checkpoints alone.
  virtual std::optional<SharedSlot> shared_slot() const { return std::nullopt; }
  // Adds what the rule needs to the scalars of a step.
  virtual void prepare(Scalars& scalars, DType dtype) const { (void)scalars, (void)dtype; }
  // What the variable loses in each step, times the learning rate; not legacy.
  virtual std::optional<double> weight_decay_of(const Variable& variable) const {
    (void)variable;
    return options_.weight_decay;
  }
  // `slots` in the order of slot_groups, null where the variable has none. Appends the update to the function being
  // traced.
  virtual void update(const Tensor& gradient, const Variable& variable, const std::vector<Variable>& slots,
                      const Scalars& scalars) const = 0;
  // The rule's own settings. `rounded`: as float32, which legacy optimizers turn them into.
  virtual void add_settings(Config& config, OptimizerGeneration generation, bool rounded) const = 0;
  // The settings that legacy optimizers keep in variables, beside decay and learning rate.
  virtual std::vector<std::pair<std::string, double*>> hypers() { return {}; }
  // Whether that Keras's has it.
  virtual bool has_hyper(const std::string& name, Target target) const { return (void)name, (void)target, true; }
  // The names under which newer generations hold the slots of all variables, with the slots' own modern names.
  virtual std::vector<std::pair<std::string, std::string>> slot_lists() const { return {}; }
  // The first generation that has this optimizer, when it is not legacy: called by the constructor. Throws ValueError
  // when an older one was asked for.
  void exists_since(OptimizerGeneration first);
  // Another target is followed: defaults may be others there.
  virtual void generation_changed() {}
  // All the state has new values; `with_shared`: that of all variables, too.
  virtual void state_assigned(bool with_shared) { (void)with_shared; }
  // The updates of one step follow.
  virtual void begin_step() {}
  // Whether the setting that legacy optimizers have of that name lowers the learning rate.
  virtual bool decay_is_of_rate() const { return true; }
  // Throws ValueError when the rule computes something else in `generation`.
  virtual void check_same_arithmetic(OptimizerGeneration generation) const { (void)generation; }
  // So many gradients were given, undefined ones too. Throws ValueError when a step of the rule is of another number.
  virtual void check_gradients(std::size_t count) const { (void)count; }
  // Appends a step to the function being traced: gradients and variables are as many, and none is undefined.
  virtual void append_step(std::vector<Tensor> gradients, std::vector<Variable> variables);
  // For a rule that takes its generation from another's.
  void set_generation(OptimizerGeneration generation);
  // Weights that older versions saved with this optimizer (2.x drops or adds some).
  virtual std::vector<Tensor> adapt(std::vector<Tensor> values) const { return values; }

  // Every how many steps the variables become their averages when nothing was said; 0: never.
  virtual std::int64_t default_ema_overwrite_frequency() const { return 0; }
  std::int64_t ema_overwrite_frequency() const;

  // A setting as a scalar of the variables' dtype: through float32, as Keras's hyperparameters go.
  static Tensor setting(double value, DType dtype);
  // The state that all variables share; null before the optimizer is built, and without.
  const Variable& shared() const { return shared_; }
  std::size_t variable_count() const { return model_variables_.size(); }
  // Those that it was built for.
  const std::vector<Variable>& built_for() const { return model_variables_; }
  // A step that is compiled for values alone, not inside a function that is traced.
  bool steps_eagerly() const { return stepping_eagerly_; }
  // The learning rate as this step uses it is scalars.at("lr"), the number of this step (from 1) scalars.at("step").

 private:
  friend class OptimizerStep;
  friend class EagerSteps;
  Variable new_slot(const Variable& variable, const SlotName& slot, SlotStart start) const;
  void add_slot(std::size_t i, const SlotName& slot);
  void require_averages() const;
  void make_shared();
  bool decays(const Variable& variable) const;
  std::size_t index_of(const Variable& variable) const;
  std::string name_in(OptimizerGeneration generation) const;
  void rename_variables();
  void make_hyper_variables() const;
  std::vector<std::pair<std::string, double*>> all_hypers();

  std::string class_name_;
  OptimizerOptions options_;
  OptimizerGeneration generation_;
  OptimizerGeneration first_generation_ = OptimizerGeneration::legacy;
  LearningRateSchedule schedule_;
  double given_learning_rate_;
  Variable iterations_, learning_rate_;
  bool built_ = false;
  std::vector<Variable> model_variables_;
  std::map<const VariableNode*, std::size_t> indices_;
  std::vector<std::vector<Variable>> slots_;  // by variable, in the order of slot_groups
  std::vector<Variable> averages_;            // by variable
  std::vector<Variable> accumulators_;        // by variable: gradients since the last step
  Variable shared_;
  std::vector<const VariableNode*> undecayed_;
  std::vector<std::string> undecayed_names_;
  bool stepping_eagerly_ = false;
  std::vector<Variable> state_;                                            // all of these in Keras's order
  mutable std::vector<std::pair<std::string, Variable>> hyper_variables_;  // legacy; in Keras's order
  std::uint64_t settings_version_ = 0;
  std::unique_ptr<EagerSteps> eager_steps_;
};

// A handle: empty, from a name ("adam", in any case), or holding an object. Copies share.
// Throws ValueError "Unknown optimizer: foo", NotImplementedError for one of Keras's that is not here yet.
class Optimizer {
 public:
  Optimizer() = default;
  Optimizer(std::nullptr_t) {}
  Optimizer(const char* name) : Optimizer(std::string(name)) {}
  Optimizer(const std::string& name);
  template <class O>
  requires std::is_convertible_v<O*, OptimizerObject*> Optimizer(std::shared_ptr<O> object)
      : object_(std::move(object)) {}

  explicit operator bool() const { return object_ != nullptr; }
  OptimizerObject* operator->() const { return object_.get(); }
  OptimizerObject& operator*() const { return *object_; }
  const std::shared_ptr<OptimizerObject>& ptr() const { return object_; }

  // From null, a name, or any dialect's object form. Throws ValueError.
  static Optimizer from_config(const Config& config);

 private:
  std::shared_ptr<OptimizerObject> object_;
};

// What a name in custom_objects makes: the config is that of the class.
struct OptimizerFactory {
  std::function<std::shared_ptr<OptimizerObject>(const Config& config)> make;
};

}  // namespace hornbeam
