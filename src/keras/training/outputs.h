// What compile() says of each output of a model: its loss, what that counts for, its metrics.
#pragma once

#include <string>
#include <vector>

#include "hornbeam/training.hpp"

namespace hornbeam::training {

struct OutputTask {
  std::string name;
  Loss loss;  // may be empty
  double weight = 1.0;
  std::vector<Metric> metrics, weighted_metrics;
};

// Matches the options with the outputs of these names. Throws ValueError in Keras's words for names that no output has,
// and for lists of another length.
std::vector<OutputTask> match_outputs(const CompileOptions& options, const std::vector<std::string>& names);

// Throws ValueError in Keras's words when y is nothing and there is a compiled loss. `method`: whose y, "fit".
void require_targets(const Losses& losses, const Values& y, const std::string& method);

}  // namespace hornbeam::training
