// What a whole model's H5 file or `.keras` archive leaves out: losses and metrics that were added to the model from
// outside, and at targets that have no AddLoss and AddMetric layers those as well.
#pragma once

#include <string>
#include <unordered_set>
#include <vector>

#include "hornbeam/model.hpp"
#include "hornbeam/target.hpp"

namespace hornbeam {

// How much of functional models such files hold.
FunctionalModel::Extent extent_in_h5(Target target);
FunctionalModel::Extent extent_in_archive(Target target);

struct LeftOut {
  std::vector<std::string> lines;                   // for the report
  std::unordered_set<const VariableNode*> weights;  // that only those losses and metrics need
  std::unordered_set<const Layer*> layers;          // the same
};
LeftOut left_out(const Model& model, Target target, FunctionalModel::Extent extent);

}  // namespace hornbeam
