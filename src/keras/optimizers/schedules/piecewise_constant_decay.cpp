#include "hornbeam/ops.hpp"
#include "keras/optimizers/schedules/schedule.h"

namespace hornbeam {
namespace {

class PiecewiseConstantDecayObject final : public BuiltinSchedule {
 public:
  explicit PiecewiseConstantDecayObject(Config settings)
      : BuiltinSchedule("PiecewiseConstantDecay", "PiecewiseConstant", std::move(settings)),
        boundaries_(numbers("boundaries")),
        values_(numbers("values")) {
    if (boundaries_.size() + 1 != values_.size()) {
      throw ValueError("The length of boundaries should be 1 less than the length of values. Received: boundaries=" +
                       brief(this->settings().at("boundaries")) + " of length " + std::to_string(boundaries_.size()) +
                       ", and values=" + brief(this->settings().at("values")) + " of length " +
                       std::to_string(values_.size()) + ".");
    }
    if (boundaries_.empty()) throw ValueError("PiecewiseConstantDecay: at least one of boundaries is needed");
  }

  // As a sum of which one term is not zero: boundaries that do not rise leave none, or more.
  Tensor operator()(const Tensor& step) const override {
    const auto count = static_cast<std::int64_t>(boundaries_.size());
    const auto edges = ops::cast(Tensor::from<double>({count}, boundaries_), step.dtype());
    const auto passed = ops::greater(step, edges);
    const auto one = ops::cast(Tensor::from<double>({1}, {1.0}), passed.dtype());
    const auto here = ops::logical_and(ops::concat({one, passed}, 0), ops::concat({ops::logical_not(passed), one}, 0));
    const auto values = ops::cast(Tensor::from<double>({count + 1}, values_), DType::float32);
    return ops::reduce_sum(ops::where(here, values, ops::zeros_like(values)));
  }

 private:
  std::vector<double> numbers(const char* key) const {
    std::vector<double> all;
    for (const auto& item : settings().at(key).as_list()) all.push_back(item.as_double());
    return all;
  }

  std::vector<double> boundaries_, values_;
};

SchedulePointer make_piecewise_constant_decay(ObjectArguments& a) {
  return std::make_shared<PiecewiseConstantDecayObject>(
      Config{{"boundaries", required(a, "boundaries")}, {"values", required(a, "values")}, {"name", a.value("name")}});
}

}  // namespace

LearningRateSchedule optimizers::schedules::PiecewiseConstantDecay(const PiecewiseConstantDecayOptions& o) {
  auto boundaries = Config::list(), values = Config::list();
  for (const auto boundary : o.boundaries) boundaries.push_back(steps_config(boundary));
  for (const auto value : o.values) values.push_back(value);
  return std::make_shared<PiecewiseConstantDecayObject>(
      Config{{"boundaries", std::move(boundaries)}, {"values", std::move(values)}, {"name", name_config(o.name)}});
}

}  // namespace hornbeam

HB_REGISTER(schedule_piecewise_constant_decay) {
  hornbeam::register_schedule("PiecewiseConstantDecay", hornbeam::make_piecewise_constant_decay);
}
