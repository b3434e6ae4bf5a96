// What the files of Trainer share: a compiled step, and the values of one being traced.
#pragma once

#include "graph/executor.h"
#include "keras/training/trainer.h"

namespace hornbeam::training {

struct Trainer::Step {
  std::unique_ptr<const graph::Executable> executable;
  std::vector<Tensor> outputs;  // written by each run
  std::vector<std::string> names;  // of the outputs: a metric may be added by another step later
};

// Per output: labels, weights (undefined where there are none), predictions, their masks, losses before weighting.
struct Trainer::Traced {
  std::vector<Tensor> y, weights, predictions, masks, losses;
  std::vector<Tensor> added_losses;  // by layers
  std::vector<CallScope::AddedMetric> added_metrics;
  Tensor total, batch;
};

}  // namespace hornbeam::training
