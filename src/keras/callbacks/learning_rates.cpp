#include "keras/callbacks/learning_rates.h"

#include "hornbeam/ops.hpp"

namespace hornbeam::callbacks {

std::vector<Optimizer> rated_optimizers(const Model& model) {
  const auto multi = as_multi(model.optimizer());
  return multi ? multi->optimizers() : std::vector<Optimizer>{model.optimizer()};
}

std::string owner_of_rate(const Model& model, const Optimizer& optimizer) {
  return as_multi(model.optimizer()) ? " " + optimizer->name() : "";
}

double learning_rate_of(const Optimizer& optimizer) {
  return ops::cast(optimizer->learning_rate()->value(), DType::float64).item<double>();
}

void set_learning_rate(const Model& model, const Optimizer& optimizer, double rate) {
  if (optimizer->learning_rate_schedule() && optimizer->generation() == OptimizerGeneration::modern &&
      model.target() == "tf2.15") {
    const auto& variable = optimizer->learning_rate();
    return variable->assign(ops::scalar(variable->dtype(), rate));
  }
  optimizer->set_learning_rate(rate);
}

void log_learning_rate(const Model& model, Logs& logs) {
  const std::string word = model.target() == "keras3" ? "learning_rate" : "lr";
  for (const auto& optimizer : rated_optimizers(model)) {
    const auto owner = owner_of_rate(model, optimizer);
    logs.set(owner.empty() ? word : "learning_rate_" + optimizer->name(), learning_rate_of(optimizer));
  }
}

}  // namespace hornbeam::callbacks
