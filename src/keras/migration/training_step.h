// One step of training of a model that is compared.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "keras/migration/known_differences.h"

namespace hornbeam {

// The loss and metrics, by name.
struct StepResults {
  std::vector<std::string> names;
  std::vector<Tensor> values;
};
StepResults training_step(const ModelRef& model, const Values& x, const Values& y);

// A step of `model` in the Keras of `other`, from where the model stands now. It is run when first asked for, and once.
class StepInTheOtherKeras {
 public:
  StepInTheOtherKeras(const ModelRef& model, const ModelRef& other, const Values& x, const Values& y);
  // What it gave, and what it made of the model's variables; nothing where it could not be done.
  const std::optional<StepResults>& results();
  std::optional<std::vector<Tensor>> values(const std::vector<Variable>& variables);

 private:
  InTheOtherKeras in_the_other_;
  ModelRef model_;
  Values x_, y_;
  bool ran_ = false;
  std::optional<StepResults> results_;
  std::map<const VariableNode*, Tensor> values_;
};

}  // namespace hornbeam
