// What the files of Trainer share: a compiled step, and the values of one being traced.
#pragma once

#include "graph/executor.h"
#include "keras/training/trainer.h"

namespace hornbeam::training {

struct Trainer::Step {
  // Without one each batch is run op by op: its kind and form are kept.
  std::unique_ptr<const graph::Executable> executable;
  std::vector<Tensor> outputs;  // written by each run
  Kind kind = Kind::train;
  Data form;                     // without values; of steps that are not compiled
  bool sized_by_values = false;  // ragged arrays, results of unknown shapes: runs make new outputs
  // Names of the results and which output each is: a metric may be added by another step later, and of several under
  // one name the last counts, as in Keras's logs.
  std::vector<std::string> names;
  std::vector<std::size_t> result_of;
  void name_results(const std::vector<std::string>& all);
};

// Per output: labels, weights (undefined where there are none), predictions, their masks, losses before weighting.
struct Trainer::Traced {
  std::vector<Tensor> y, weights, predictions, masks, losses;
  std::vector<Tensor> added_losses;  // by layers
  std::vector<CallScope::AddedMetric> added_metrics;
  Tensor total, batch;
};

}  // namespace hornbeam::training
