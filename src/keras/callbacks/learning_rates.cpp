#include "keras/callbacks/learning_rates.h"

#include "hornbeam/ops.hpp"
#include "hornbeam/optimizers.hpp"

namespace hornbeam::callbacks {

double learning_rate_of(const Model& model) {
  return ops::cast(model.optimizer()->learning_rate()->value(), DType::float64).item<double>();
}

void log_learning_rate(const Model& model, Logs& logs) {
  logs.set(model.target() == "keras3" ? "learning_rate" : "lr", learning_rate_of(model));
}

}  // namespace hornbeam::callbacks
