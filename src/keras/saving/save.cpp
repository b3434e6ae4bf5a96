// models::save_model, save_weights and the methods of Model that call them.
#include "base/writable.h"
#include "hornbeam/saving.hpp"
#include "keras/engine/weights_not_created.h"
#include "keras/saving/check_save.h"
#include "keras/saving/checkpoint_weights.h"
#include "keras/saving/h5_save.h"
#include "keras/saving/keras_v3_save.h"
#include "keras/saving/reporting.h"
#include "keras/saving/save_format.h"
#include "keras/saving/saved_model_save.h"
#include "keras/serialization/dialect_write.h"

namespace hornbeam {
namespace {

void check_weights_created(const Model& model) {
  if (!model.built()) throw weights_not_created(model);
}

// Keras asks on the terminal; a library does not.
template <class Options>
base::IfExists if_exists(const Options& options) {
  return options.overwrite ? base::IfExists::replace : base::IfExists::refuse;
}

template <class Options>
Target target_of(const Model& model, const Options& options) {
  return target_named(options.target.empty() ? model.target() : options.target);
}

template <class Options>
void note_target(SaveReport& report, const Model& model, Target target, const Options& options) {
  report.target = name_of(target);
  report.keras_version = keras_version_for(model, report.target, !options.target.empty());
}

struct Plan {
  Target target;
  Artifact artifact;
};

// What can be told without writing.
Plan check_model(const Model& model, const std::string& path, const SaveOptions& options) {
  const auto target = target_of(model, options);
  const auto artifact = model_artifact(path, options.save_format, target);
  if (artifact == Artifact::h5 && !dynamic_cast<const FunctionalModel*>(&model)) {
    throw NotImplementedError(
        "Saving the model to HDF5 format requires the model to be a Functional model or a Sequential model. It does "
        "not work for subclassed models, because such models are defined via the body of a Python method, which isn't "
        "safely serializable. Consider saving to the Tensorflow SavedModel format (by setting save_format=\"tf\") or "
        "using `save_weights`.");
  }
  check_weights_created(model);
  return {target, artifact};
}

}  // namespace

void check_can_save(const Model& model, const std::string& path, const SaveOptions& options) {
  const auto [target, artifact] = check_model(model, path, options);
  SaveReport report;
  note_target(report, model, target, options);
  if (artifact == Artifact::saved_model) {
    // Calls are traced, which leaves the model as it is.
    return check_saved_model(const_cast<Model&>(model), path, if_exists(options), target, options, report);
  }
  if (artifact == Artifact::keras_v3) {
    check_keras_v3(model, target, options, report);
  } else {
    check_h5_model(model, target, options.include_optimizer, report);
  }
  base::check_can_write(path, if_exists(options));
}

namespace models {

void save_model(const Model& model, const std::string& path, const SaveOptions& options) {
  const auto [target, artifact] = check_model(model, path, options);
  if (artifact == Artifact::saved_model) {
    Reporting<SaveReport> report(options.report, path, "saved_model");
    note_target(*report, model, target, options);
    // Calls are traced, which leaves the model as it is.
    return save_saved_model(const_cast<Model&>(model), path, if_exists(options), target, options, *report);
  }
  const bool archive = artifact == Artifact::keras_v3;
  Reporting<SaveReport> report(options.report, path, archive ? "keras_v3" : "h5");
  note_target(*report, model, target, options);
  base::make_folder_of(path);
  if (archive) {
    save_keras_v3(model, path, if_exists(options), target, options, *report);
  } else {
    save_h5_model(model, path, if_exists(options), target, options.include_optimizer, *report);
  }
  if (options.signatures.given()) report->dropped.emplace_back("signatures: only SavedModels have them");
}

void save_weights(const Model& model, const std::string& path, const SaveWeightsOptions& options) {
  const auto target = target_of(model, options);
  check_weights_created(model);
  const auto artifact = weights_artifact(path, options.save_format, target);
  if (artifact == Artifact::checkpoint) {
    Reporting<SaveReport> report(options.report, path, "checkpoint");
    note_target(*report, model, target, options);
    return save_checkpoint(model, path, if_exists(options), target, *report);
  }
  const bool v3 = artifact == Artifact::weights_v3;
  Reporting<SaveReport> report(options.report, path, v3 ? "weights_v3_h5" : "weights_h5");
  note_target(*report, model, target, options);
  base::make_folder_of(path);
  (v3 ? save_v3_weights : save_h5_weights)(model, path, if_exists(options), target, *report);
}

}  // namespace models

void Model::save(const std::string& path) const { models::save_model(*this, path); }
void Model::save(const std::string& path, const SaveOptions& options) const {
  models::save_model(*this, path, options);
}
void Model::save_weights(const std::string& path) const { models::save_weights(*this, path); }
void Model::save_weights(const std::string& path, const SaveWeightsOptions& options) const {
  models::save_weights(*this, path, options);
}
train::CheckpointStatus Model::load_weights(const std::string& path) { return models::load_weights(*this, path); }
train::CheckpointStatus Model::load_weights(const std::string& path, const LoadWeightsOptions& options) {
  return models::load_weights(*this, path, options);
}

}  // namespace hornbeam
