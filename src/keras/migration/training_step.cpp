#include "keras/migration/training_step.h"

#include <utility>

#include "hornbeam/training.hpp"

namespace hornbeam {

StepResults training_step(const ModelRef& model, const Values& x, const Values& y) {
  utils::set_random_seed(1);
  StepResults results;
  const auto logs = model->train_on_batch(x, y);
  results.names = logs.names();
  for (const auto& value : logs.values()) results.values.push_back(value.array());
  return results;
}

StepInTheOtherKeras::StepInTheOtherKeras(const ModelRef& model, const ModelRef& other, const Values& x, const Values& y)
    : in_the_other_(model, other), model_(model), x_(x), y_(y) {}

const std::optional<StepResults>& StepInTheOtherKeras::results() {
  if (std::exchange(ran_, true)) return results_;
  results_ = in_the_other_([&] {
    auto results = training_step(model_, x_, y_);
    for (const auto& weight : model_->weights()) values_[weight.get()] = weight->value();
    return results;
  });
  return results_;
}

std::optional<std::vector<Tensor>> StepInTheOtherKeras::values(const std::vector<Variable>& variables) {
  if (!results()) return {};
  std::vector<Tensor> values;
  for (const auto& variable : variables) values.push_back(values_.at(variable.get()));
  return values;
}

}  // namespace hornbeam
