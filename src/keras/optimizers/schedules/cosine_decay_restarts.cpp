#include <numbers>

#include "hornbeam/ops.hpp"
#include "keras/optimizers/schedules/schedule.h"

namespace hornbeam {
namespace {

class CosineDecayRestartsObject final : public BuiltinSchedule {
 public:
  explicit CosineDecayRestartsObject(Config settings)
      : BuiltinSchedule("CosineDecayRestarts", "SGDRDecay", std::move(settings)) {
    check_steps("first_decay_steps");
    number("initial_learning_rate"), number("t_mul"), number("m_mul"), number("alpha");
  }

  Tensor operator()(const Tensor& step) const override {
    const auto t_mul = scalar("t_mul"), alpha = scalar("alpha");
    // In rounds of the first one's length.
    auto done = share(progress(step), number("first_decay_steps"));
    Tensor restarts;
    if (static_cast<float>(number("t_mul")) == 1.0F) {
      restarts = ops::floor(done);
      done = done - restarts;
    } else {
      restarts = ops::floor(ops::log(1.0 - done * (1.0 - t_mul)) / ops::log(t_mul));
      const auto length = ops::pow(t_mul, restarts);
      const auto before = (1.0 - length) / (1.0 - t_mul);
      done = (done - before) / length;
    }
    const auto height = ops::pow(scalar("m_mul"), restarts);
    const auto cosine = 0.5 * height * (1.0 + ops::cos(scalar(std::numbers::pi) * done));
    return scalar("initial_learning_rate") * ((1.0 - alpha) * cosine + alpha);
  }
};

SchedulePointer make_cosine_decay_restarts(ObjectArguments& a) {
  return std::make_shared<CosineDecayRestartsObject>(
      Config{{"initial_learning_rate", required(a, "initial_learning_rate")},
             {"first_decay_steps", required(a, "first_decay_steps")},
             {"t_mul", a.value("t_mul", 2.0)},
             {"m_mul", a.value("m_mul", 1.0)},
             {"alpha", a.value("alpha", 0.0)},
             {"name", a.value("name")}});
}

}  // namespace

LearningRateSchedule optimizers::schedules::CosineDecayRestarts(const CosineDecayRestartsOptions& o) {
  return std::make_shared<CosineDecayRestartsObject>(Config{{"initial_learning_rate", o.initial_learning_rate},
                                                            {"first_decay_steps", steps_config(o.first_decay_steps)},
                                                            {"t_mul", o.t_mul},
                                                            {"m_mul", o.m_mul},
                                                            {"alpha", o.alpha},
                                                            {"name", name_config(o.name)}});
}

}  // namespace hornbeam

HB_REGISTER(schedule_cosine_decay_restarts) {
  hornbeam::register_schedule("CosineDecayRestarts", hornbeam::make_cosine_decay_restarts);
}
