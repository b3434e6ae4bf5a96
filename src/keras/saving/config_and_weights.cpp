#include "keras/saving/config_and_weights.h"

#include <algorithm>
#include <vector>

#include "hornbeam/errors.hpp"
#include "keras/layers/preprocessing/lookup_of.h"

namespace hornbeam {
namespace {

// Not all files hold those of Keras 2 alone.
void add_needed(const Layer& layer, std::vector<Variable>& needed) {
  if (has_weights_of_keras2(layer)) return;
  for (const auto& weight : layer.own_weights()) needed.push_back(weight.variable);
  for (const auto& inner : layer.sublayers()) add_needed(*inner, needed);
}

// Restoring a checkpoint is content with what fits. A model that came without weights would go on with fresh ones.
// (What is not built yet gets its values when it is.)
void check_all_given(const Model& model, const std::string& weights, const LoadReport& report) {
  if (!model.built()) return;
  std::vector<Variable> needed;
  add_needed(model, needed);
  std::string without;
  std::size_t count = 0;
  for (const auto& weight : needed) {
    if (std::ranges::find(report.missing, weight->path()) == report.missing.end()) continue;
    without += (count++ == 0 ? "" : ", ") + weight->path();
  }
  if (count == 0) return;
  throw ValueError(weights + " has no values for " + std::to_string(count) + " of the " +
                   std::to_string(needed.size()) + " weights of " + model.name() + ": " + without);
}

}  // namespace

void load_weights_of_config(Model& model, const std::string& weights, const LoadWeightsOptions& options) {
  const auto of_config = options.report ? *options.report : LoadReport();
  auto loading = options;
  LoadReport own;
  if (!loading.report) loading.report = &own;
  models::load_weights(model, weights, loading);
  check_all_given(model, weights, *loading.report);
  if (!options.report) return;
  for (const auto list : {&LoadReport::unused, &LoadReport::mismatched, &LoadReport::converted, &LoadReport::notes}) {
    auto& all = options.report->*list;
    all.insert(all.end(), (of_config.*list).begin(), (of_config.*list).end());
  }
}

}  // namespace hornbeam
