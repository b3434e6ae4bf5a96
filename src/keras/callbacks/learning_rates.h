// The learning rate as callbacks see it.
#pragma once

#include "hornbeam/model.hpp"
#include "hornbeam/training.hpp"

namespace hornbeam::callbacks {

double learning_rate_of(const Model& model);
// Adds it to the logs of an epoch: "lr" in Keras 2, "learning_rate" in Keras 3.
void log_learning_rate(const Model& model, Logs& logs);

}  // namespace hornbeam::callbacks
