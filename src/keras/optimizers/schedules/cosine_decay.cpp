#include <numbers>

#include "hornbeam/ops.hpp"
#include "keras/optimizers/schedules/schedule.h"

namespace hornbeam {
namespace {

class CosineDecayObject final : public BuiltinSchedule {
 public:
  explicit CosineDecayObject(Config settings) : BuiltinSchedule("CosineDecay", "CosineDecay", std::move(settings)) {
    check_steps("decay_steps");
    number("initial_learning_rate"), number("alpha"), number("warmup_steps");
    if (warms_up()) number("warmup_target");
  }

  Tensor operator()(const Tensor& step) const override {
    const auto at = progress(step), initial = scalar("initial_learning_rate");
    if (!warms_up()) return decayed(at, initial);
    const auto warmup = scalar("warmup_steps"), target = scalar("warmup_target");
    const auto warming = (target - initial) * share(at, number("warmup_steps")) + initial;
    return ops::where(ops::less(at, warmup), warming, decayed(at - warmup, target));
  }

  // 2.2's knows no warmup; nothing is said to it of one that there is not.
  Config get_config(OptimizerGeneration generation) const override {
    auto config = BuiltinSchedule::get_config(generation);
    if (generation != OptimizerGeneration::legacy || current_target() != Target::tf22) return config;
    if (warms_up()) {
      throw ValueError(
          "tf.keras 2.2's CosineDecay has no warmup_target; save for another target, or without optimizer");
    }
    config.erase("warmup_target");
    config.erase("warmup_steps");
    return config;
  }

 private:
  bool warms_up() const { return !settings().at("warmup_target").is_null(); }

  Tensor decayed(const Tensor& at, const Tensor& from) const {
    const auto steps = scalar("decay_steps");
    const auto cosine =
        0.5 * (1.0 + ops::cos(scalar(std::numbers::pi) * share(ops::minimum(at, steps), number("decay_steps"))));
    const auto alpha = number("alpha");
    return from * ((1.0 - alpha) * cosine + alpha);
  }
};

SchedulePointer make_cosine_decay(ObjectArguments& a) {
  return std::make_shared<CosineDecayObject>(Config{{"initial_learning_rate", required(a, "initial_learning_rate")},
                                                    {"decay_steps", required(a, "decay_steps")},
                                                    {"alpha", a.value("alpha", 0.0)},
                                                    {"name", a.value("name")},
                                                    {"warmup_target", a.value("warmup_target")},
                                                    {"warmup_steps", a.value("warmup_steps", 0)}});
}

}  // namespace

LearningRateSchedule optimizers::schedules::CosineDecay(const CosineDecayOptions& o) {
  return std::make_shared<CosineDecayObject>(
      Config{{"initial_learning_rate", o.initial_learning_rate},
             {"decay_steps", steps_config(o.decay_steps)},
             {"alpha", o.alpha},
             {"name", name_config(o.name)},
             {"warmup_target", o.warmup_target ? Config(*o.warmup_target) : Config()},
             {"warmup_steps", steps_config(o.warmup_steps)}});
}

}  // namespace hornbeam

HB_REGISTER(schedule_cosine_decay) { hornbeam::register_schedule("CosineDecay", hornbeam::make_cosine_decay); }
