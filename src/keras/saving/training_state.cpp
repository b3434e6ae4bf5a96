#include "keras/saving/training_state.h"

namespace hornbeam {

Config training_config_for(const Model& model, Target target, SaveReport& report) {
  const auto& config = model.training_config();
  if (config.is_null()) return {};
  // As it stood in the file it came from; H5 files' has the optimizer in it, .keras archives' has not.
  if (target_named(model.target()) == target && config.has("optimizer_config")) return config;
  report.dropped.push_back("training_config: it was written by " + model.target() + ", and cannot be brought to " +
                           name_of(target) + " yet. Compile the model there.");
  return {};
}

NamedTensors optimizer_weights_for(const Model& model, Target, SaveReport& report) {
  if (!model.training_config().is_null()) {
    report.dropped.push_back("optimizer_weights: the optimizer's state is not restored when a model is loaded");
  }
  return {};
}

}  // namespace hornbeam
