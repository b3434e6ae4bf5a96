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

  // As a sum of which one term is not zero: boundaries that do not rise leave none.
  Tensor operator()(const Tensor& step) const override {
    std::vector<Tensor> edges;
    for (const auto boundary : boundaries_) {
      edges.push_back(ops::cast(ops::scalar(DType::float64, boundary), step.dtype()));
    }
    auto rate = ops::where(ops::less_equal(step, edges.front()), scalar(values_.front()), scalar(0.0));
    rate = rate + ops::where(ops::greater(step, edges.back()), scalar(values_.back()), scalar(0.0));
    for (std::size_t i = 1; i < edges.size(); ++i) {
      const auto here = ops::logical_and(ops::greater(step, edges[i - 1]), ops::less_equal(step, edges[i]));
      rate = rate + ops::where(here, scalar(values_[i]), scalar(0.0));
    }
    return rate;
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
