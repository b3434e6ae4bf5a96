#include "hornbeam/ops.hpp"
#include "keras/optimizers/schedules/schedule.h"

namespace hornbeam {
namespace {

class ExponentialDecayObject final : public BuiltinSchedule {
 public:
  explicit ExponentialDecayObject(Config settings)
      : BuiltinSchedule("ExponentialDecay", "ExponentialDecay", std::move(settings)) {
    check_steps("decay_steps");
    number("initial_learning_rate"), number("decay_rate"), flag("staircase");
  }

  Tensor operator()(const Tensor& step) const override {
    auto p = share(progress(step), number("decay_steps"));
    if (flag("staircase")) p = ops::floor(p);
    return scalar("initial_learning_rate") * ops::pow(scalar("decay_rate"), p);
  }
};

SchedulePointer make_exponential_decay(ObjectArguments& a) {
  return std::make_shared<ExponentialDecayObject>(
      Config{{"initial_learning_rate", required(a, "initial_learning_rate")},
             {"decay_steps", required(a, "decay_steps")},
             {"decay_rate", required(a, "decay_rate")},
             {"staircase", a.value("staircase", false)},
             {"name", a.value("name")}});
}

}  // namespace

LearningRateSchedule optimizers::schedules::ExponentialDecay(const ExponentialDecayOptions& o) {
  return std::make_shared<ExponentialDecayObject>(Config{{"initial_learning_rate", o.initial_learning_rate},
                                                         {"decay_steps", steps_config(o.decay_steps)},
                                                         {"decay_rate", o.decay_rate},
                                                         {"staircase", o.staircase},
                                                         {"name", name_config(o.name)}});
}

}  // namespace hornbeam

HB_REGISTER(schedule_exponential_decay) {
  hornbeam::register_schedule("ExponentialDecay", hornbeam::make_exponential_decay);
}
