// Learning rates that change with the steps. Mirrors keras.optimizers.schedules.
//
//   using namespace optimizers;
//   auto sgd = SGD({.learning_rate = schedules::ExponentialDecay({.initial_learning_rate = 0.1, .decay_steps = 1000,
//                                                                 .decay_rate = 0.96})});
//
// A schedule counts the steps of its optimizer from 0. It computes in float32, as Keras's do.
// Thread-safety: schedules never change.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "hornbeam/config.hpp"
#include "hornbeam/optimizers/generation.hpp"
#include "hornbeam/tensor.hpp"

namespace hornbeam {

// One's own derives from it (LearningRateScheduleFactory makes it from a config).
class LearningRateScheduleObject {
 public:
  virtual ~LearningRateScheduleObject() = default;
  virtual std::string class_name() const = 0;
  // The rate when `step` steps (a scalar: int64, of legacy optimizers of the variables' dtype) were made: a scalar.
  // Traced with the optimizer's step.
  virtual Tensor operator()(const Tensor& step) const = 0;
  // As optimizers of that generation say it. Throws ValueError naming a setting that it has not.
  virtual Config get_config(OptimizerGeneration generation) const = 0;
  // Keras's own; one's own is found by its registered name.
  virtual bool is_builtin() const { return false; }
};

// A handle, empty or holding an object. Copies share.
class LearningRateSchedule {
 public:
  LearningRateSchedule() = default;
  LearningRateSchedule(std::nullptr_t) {}
  template <class S>
  requires std::is_convertible_v<S*, const LearningRateScheduleObject*> LearningRateSchedule(std::shared_ptr<S> object)
      : object_(std::move(object)) {}

  explicit operator bool() const { return object_ != nullptr; }
  const LearningRateScheduleObject* operator->() const { return object_.get(); }
  Tensor operator()(const Tensor& step) const { return (*object_)(step); }
  // The rate after so many steps.
  double at(std::int64_t step) const;

  // Null, or the object form that legacy optimizers write, or the one with a module that others do.
  Config to_config(OptimizerGeneration generation) const;
  // From null or any dialect's object form. Throws ValueError "Unknown decay: ...", TypeError for wrong arguments.
  static LearningRateSchedule from_config(const Config& config);

 private:
  std::shared_ptr<const LearningRateScheduleObject> object_;
};

// What a name in custom_objects makes: the config is that of the class.
struct LearningRateScheduleFactory {
  std::function<std::shared_ptr<LearningRateScheduleObject>(const Config& config)> make;
};

namespace optimizers::schedules {

// All of these throw ValueError in Keras 3's words when there are no steps to decay over.

// initial_learning_rate * decay_rate ** (step / decay_steps); staircase: of the whole part.
struct ExponentialDecayOptions {
  double initial_learning_rate = 0.0;
  double decay_steps = 0;
  double decay_rate = 0.0;
  bool staircase = false;
  std::optional<std::string> name = {};
};
// values[i] up to and with step boundaries[i], after the last one values.back(). ValueError when there is not one value
// more than boundaries.
struct PiecewiseConstantDecayOptions {
  std::vector<double> boundaries = {};
  std::vector<double> values = {};
  std::optional<std::string> name = {};
};
// From the initial rate to end_learning_rate along (1 - step / decay_steps) ** power; cycle: again and again, each time
// over decay_steps more.
struct PolynomialDecayOptions {
  double initial_learning_rate = 0.0;
  double decay_steps = 0;
  double end_learning_rate = 0.0001;
  double power = 1.0;
  bool cycle = false;
  std::optional<std::string> name = {};
};
// initial_learning_rate / (1 + decay_rate * step / decay_steps); staircase: of the whole part of the quotient.
struct InverseTimeDecayOptions {
  double initial_learning_rate = 0.0;
  double decay_steps = 0;
  double decay_rate = 0.0;
  bool staircase = false;
  std::optional<std::string> name = {};
};
// Half a cosine from the initial rate to alpha times it. With a warmup_target (2.13 and later) the rate first goes
// straight there from the initial one, over warmup_steps.
struct CosineDecayOptions {
  double initial_learning_rate = 0.0;
  double decay_steps = 0;
  double alpha = 0.0;
  std::optional<std::string> name = {};
  std::optional<double> warmup_target = {};
  double warmup_steps = 0;
};
// CosineDecay again and again, each time t_mul times as long and from m_mul times as high.
struct CosineDecayRestartsOptions {
  double initial_learning_rate = 0.0;
  double first_decay_steps = 0;
  double t_mul = 2.0;
  double m_mul = 1.0;
  double alpha = 0.0;
  std::optional<std::string> name = {};
};
// The initial rate times (alpha + linear) * cosine + beta: `linear` falls from 1 to 0 over decay_steps, while the
// cosine goes through num_periods of its periods. tf.keras alone (2.2's
// tf.keras.experimental; without a public name in 2.15).
struct LinearCosineDecayOptions {
  double initial_learning_rate = 0.0;
  double decay_steps = 0;
  double num_periods = 0.5;
  double alpha = 0.0;
  double beta = 0.001;
  std::optional<std::string> name = {};
};
// The same with noise added to `linear`: normal, of variance initial_variance / (1 + step) ** variance_decay, another
// one each time it is asked, from the process's generator (utils::set_random_seed).
struct NoisyLinearCosineDecayOptions {
  double initial_learning_rate = 0.0;
  double decay_steps = 0;
  double initial_variance = 1.0;
  double variance_decay = 0.55;
  double num_periods = 0.5;
  double alpha = 0.0;
  double beta = 0.001;
  std::optional<std::string> name = {};
};

LearningRateSchedule ExponentialDecay(const ExponentialDecayOptions& options);
LearningRateSchedule PiecewiseConstantDecay(const PiecewiseConstantDecayOptions& options);
LearningRateSchedule PolynomialDecay(const PolynomialDecayOptions& options);
LearningRateSchedule InverseTimeDecay(const InverseTimeDecayOptions& options);
LearningRateSchedule CosineDecay(const CosineDecayOptions& options);
LearningRateSchedule CosineDecayRestarts(const CosineDecayRestartsOptions& options);
LearningRateSchedule LinearCosineDecay(const LinearCosineDecayOptions& options);
LearningRateSchedule NoisyLinearCosineDecay(const NoisyLinearCosineDecayOptions& options);

}  // namespace optimizers::schedules
}  // namespace hornbeam
