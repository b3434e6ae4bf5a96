// LinearCosineDecay and NoisyLinearCosineDecay: tf.keras.experimental's in 2.2; 2.15 has them under no public name, and
// Keras 3 not at all.
#include <numbers>

#include "hornbeam/ops.hpp"
#include "hornbeam/random.hpp"
#include "keras/optimizers/schedules/schedule.h"

namespace hornbeam {
namespace {

class LinearCosineDecayObject : public BuiltinSchedule {
 public:
  explicit LinearCosineDecayObject(Config settings)
      : LinearCosineDecayObject("LinearCosineDecay", std::move(settings)) {}

  Tensor operator()(const Tensor& step) const override {
    const auto steps = scalar("decay_steps"), at = ops::minimum(progress(step), steps);
    const auto length = number("decay_steps");
    const auto linear = noised(share(steps - at, length), at);
    const auto fraction = 2.0 * scalar("num_periods") * share(at, length);
    const auto cosine = 0.5 * (1.0 + ops::cos(scalar(std::numbers::pi) * fraction));
    return scalar("initial_learning_rate") * ((scalar("alpha") + linear) * cosine + scalar("beta"));
  }

  Config get_config(OptimizerGeneration generation) const override {
    if (generation != OptimizerGeneration::keras3) return BuiltinSchedule::get_config(generation);
    throw ValueError("Unknown decay: " + class_name() +
                     ". tf.keras alone has it (2.2's tf.keras.experimental); save for that, or without optimizer");
  }

 protected:
  LinearCosineDecayObject(const char* class_name, Config settings)
      : BuiltinSchedule(class_name, class_name, std::move(settings)) {
    check_steps("decay_steps");
    number("initial_learning_rate"), number("num_periods"), number("alpha"), number("beta");
  }

  virtual Tensor noised(const Tensor& linear, const Tensor& at) const { return (void)at, linear; }
};

class NoisyLinearCosineDecayObject final : public LinearCosineDecayObject {
 public:
  explicit NoisyLinearCosineDecayObject(Config settings)
      : LinearCosineDecayObject("NoisyLinearCosineDecay", std::move(settings)) {
    number("initial_variance"), number("variance_decay");
    if (seeded()) number("seed");
  }

  // 2.2's has no seed.
  Config get_config(OptimizerGeneration generation) const override {
    auto config = LinearCosineDecayObject::get_config(generation);
    if (generation != OptimizerGeneration::legacy || current_target() != Target::tf22) return config;
    if (seeded()) {
      throw ValueError(
          "tf.keras 2.2's NoisyLinearCosineDecay has no seed; save for another target, or without optimizer");
    }
    config.erase("seed");
    return config;
  }

 protected:
  Tensor noised(const Tensor& linear, const Tensor& at) const override {
    const auto variance = scalar("initial_variance") / ops::pow(1.0 + at, scalar("variance_decay"));
    const auto seed = seeded() ? static_cast<std::int64_t>(number("seed")) : 0;
    return linear + ops::random_normal(Shape(), {.seed = seed}) * ops::sqrt(variance);
  }

 private:
  bool seeded() const { return !settings().at("seed").is_null(); }
};

SchedulePointer make_linear_cosine_decay(ObjectArguments& a) {
  return std::make_shared<LinearCosineDecayObject>(
      Config{{"initial_learning_rate", required(a, "initial_learning_rate")},
             {"decay_steps", required(a, "decay_steps")},
             {"num_periods", a.value("num_periods", 0.5)},
             {"alpha", a.value("alpha", 0.0)},
             {"beta", a.value("beta", 0.001)},
             {"name", a.value("name")}});
}

SchedulePointer make_noisy_linear_cosine_decay(ObjectArguments& a) {
  return std::make_shared<NoisyLinearCosineDecayObject>(
      Config{{"initial_learning_rate", required(a, "initial_learning_rate")},
             {"decay_steps", required(a, "decay_steps")},
             {"initial_variance", a.value("initial_variance", 1.0)},
             {"variance_decay", a.value("variance_decay", 0.55)},
             {"num_periods", a.value("num_periods", 0.5)},
             {"alpha", a.value("alpha", 0.0)},
             {"beta", a.value("beta", 0.001)},
             {"seed", a.value("seed")},
             {"name", a.value("name")}});
}

}  // namespace

LearningRateSchedule optimizers::schedules::LinearCosineDecay(const LinearCosineDecayOptions& o) {
  return std::make_shared<LinearCosineDecayObject>(Config{{"initial_learning_rate", o.initial_learning_rate},
                                                          {"decay_steps", steps_config(o.decay_steps)},
                                                          {"num_periods", o.num_periods},
                                                          {"alpha", o.alpha},
                                                          {"beta", o.beta},
                                                          {"name", name_config(o.name)}});
}

LearningRateSchedule optimizers::schedules::NoisyLinearCosineDecay(const NoisyLinearCosineDecayOptions& o) {
  return std::make_shared<NoisyLinearCosineDecayObject>(Config{{"initial_learning_rate", o.initial_learning_rate},
                                                               {"decay_steps", steps_config(o.decay_steps)},
                                                               {"initial_variance", o.initial_variance},
                                                               {"variance_decay", o.variance_decay},
                                                               {"num_periods", o.num_periods},
                                                               {"alpha", o.alpha},
                                                               {"beta", o.beta},
                                                               {"seed", Config()},
                                                               {"name", name_config(o.name)}});
}

}  // namespace hornbeam

HB_REGISTER(schedule_linear_cosine_decay) {
  hornbeam::register_schedule("LinearCosineDecay", hornbeam::make_linear_cosine_decay);
  hornbeam::register_schedule("NoisyLinearCosineDecay", hornbeam::make_noisy_linear_cosine_decay);
}
