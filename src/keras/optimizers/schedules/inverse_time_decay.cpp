#include "hornbeam/ops.hpp"
#include "keras/optimizers/schedules/schedule.h"

namespace hornbeam {
namespace {

class InverseTimeDecayObject final : public BuiltinSchedule {
 public:
  explicit InverseTimeDecayObject(Config settings)
      : BuiltinSchedule("InverseTimeDecay", "InverseTimeDecay", std::move(settings)) {
    check_steps("decay_steps");
    number("initial_learning_rate"), number("decay_rate"), flag("staircase");
  }

  Tensor operator()(const Tensor& step) const override {
    auto p = share(progress(step), number("decay_steps"));
    if (flag("staircase")) p = ops::floor(p);
    return scalar("initial_learning_rate") / (1.0 + scalar("decay_rate") * p);
  }
};

SchedulePointer make_inverse_time_decay(ObjectArguments& a) {
  return std::make_shared<InverseTimeDecayObject>(
      Config{{"initial_learning_rate", required(a, "initial_learning_rate")},
             {"decay_steps", required(a, "decay_steps")},
             {"decay_rate", required(a, "decay_rate")},
             {"staircase", a.value("staircase", false)},
             {"name", a.value("name")}});
}

}  // namespace

LearningRateSchedule optimizers::schedules::InverseTimeDecay(const InverseTimeDecayOptions& o) {
  return std::make_shared<InverseTimeDecayObject>(Config{{"initial_learning_rate", o.initial_learning_rate},
                                                         {"decay_steps", steps_config(o.decay_steps)},
                                                         {"decay_rate", o.decay_rate},
                                                         {"staircase", o.staircase},
                                                         {"name", name_config(o.name)}});
}

}  // namespace hornbeam

HB_REGISTER(schedule_inverse_time_decay) {
  hornbeam::register_schedule("InverseTimeDecay", hornbeam::make_inverse_time_decay);
}
