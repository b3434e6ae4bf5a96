// The learning rate as callbacks see it.
#pragma once

#include <string>
#include <vector>

#include "hornbeam/model.hpp"
#include "hornbeam/optimizers.hpp"
#include "hornbeam/training.hpp"

namespace hornbeam::callbacks {

// Each optimizer with a learning rate of its own to set: the model's, or those of its MultiOptimizer.
std::vector<Optimizer> rated_optimizers(const Model& model);
// How messages of rates say whose it is: nothing of a model's optimizer, " sgd" of one within a MultiOptimizer.
std::string owner_of_rate(const Model& model, const Optimizer& optimizer);
double learning_rate_of(const Optimizer& optimizer);
// Of one of rated_optimizers. Throws TypeError in Keras's words where a schedule says it; in 2.15 what is set then is
// what callbacks see, until the next step takes the schedule's again.
void set_learning_rate(const Model& model, const Optimizer& optimizer, double rate);
// Adds it to the logs of an epoch: "lr" in Keras 2, "learning_rate" in Keras 3, "learning_rate_sgd" of one within a
// MultiOptimizer.
void log_learning_rate(const Model& model, Logs& logs);

}  // namespace hornbeam::callbacks
