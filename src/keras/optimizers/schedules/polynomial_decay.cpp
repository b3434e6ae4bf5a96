#include "hornbeam/ops.hpp"
#include "keras/optimizers/schedules/schedule.h"

namespace hornbeam {
namespace {

class PolynomialDecayObject final : public BuiltinSchedule {
 public:
  explicit PolynomialDecayObject(Config settings)
      : BuiltinSchedule("PolynomialDecay", "PolynomialDecay", std::move(settings)) {
    check_steps("decay_steps");
    number("initial_learning_rate"), number("end_learning_rate"), number("power"), flag("cycle");
  }

  Tensor operator()(const Tensor& step) const override {
    const auto at = progress(step), steps = scalar("decay_steps");
    const auto length = number("decay_steps");
    // Of so many rounds as reach the step (the first one from step 0 on), or of one.
    const auto rounds = [&] { return ops::where(ops::equal(at, 0.0), scalar(1.0), ops::ceil(share(at, length))); };
    const auto done = flag("cycle") ? at / (steps * rounds()) : share(ops::minimum(at, steps), length);
    const auto end = scalar("end_learning_rate");
    return (scalar("initial_learning_rate") - end) * ops::pow(1.0 - done, scalar("power")) + end;
  }
};

SchedulePointer make_polynomial_decay(ObjectArguments& a) {
  return std::make_shared<PolynomialDecayObject>(Config{{"initial_learning_rate", required(a, "initial_learning_rate")},
                                                        {"decay_steps", required(a, "decay_steps")},
                                                        {"end_learning_rate", a.value("end_learning_rate", 0.0001)},
                                                        {"power", a.value("power", 1.0)},
                                                        {"cycle", a.value("cycle", false)},
                                                        {"name", a.value("name")}});
}

}  // namespace

LearningRateSchedule optimizers::schedules::PolynomialDecay(const PolynomialDecayOptions& o) {
  return std::make_shared<PolynomialDecayObject>(Config{{"initial_learning_rate", o.initial_learning_rate},
                                                        {"decay_steps", steps_config(o.decay_steps)},
                                                        {"end_learning_rate", o.end_learning_rate},
                                                        {"power", o.power},
                                                        {"cycle", o.cycle},
                                                        {"name", name_config(o.name)}});
}

}  // namespace hornbeam

HB_REGISTER(schedule_polynomial_decay) {
  hornbeam::register_schedule("PolynomialDecay", hornbeam::make_polynomial_decay);
}
