// What an H5 file of a whole model leaves out: losses and metrics that were added to the model from outside, and at
// targets that have no AddLoss and AddMetric layers those as well.
#pragma once

#include <string>
#include <unordered_set>
#include <vector>

#include "hornbeam/model.hpp"
#include "hornbeam/target.hpp"

namespace hornbeam {

// How much of functional models such a file holds.
FunctionalModel::Extent extent_in_h5(Target target);

struct LeftOut {
  std::vector<std::string> lines;                   // for the report
  std::unordered_set<const VariableNode*> weights;  // that only those losses and metrics need
};
LeftOut left_out_of_h5(const Model& model, Target target);

}  // namespace hornbeam
