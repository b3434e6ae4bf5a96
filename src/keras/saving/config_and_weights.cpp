#include "keras/saving/config_and_weights.h"

#include <vector>

namespace hornbeam {

void load_weights_of_config(Model& model, const std::string& weights, const LoadWeightsOptions& options) {
  const auto of_config = options.report ? *options.report : LoadReport();
  models::load_weights(model, weights, options);
  if (!options.report) return;
  for (const auto list : {&LoadReport::unused, &LoadReport::mismatched, &LoadReport::converted, &LoadReport::notes}) {
    auto& all = options.report->*list;
    all.insert(all.end(), (of_config.*list).begin(), (of_config.*list).end());
  }
}

}  // namespace hornbeam
