#include "keras/saving/keras_v3_load.h"

#include <set>

#include "formats/keras_v3/archive.h"
#include "hornbeam/training.hpp"
#include "keras/initializers/skip.h"
#include "keras/optimizers/traced_twice.h"
#include "keras/saving/build_model.h"
#include "keras/saving/compile_config.h"
#include "keras/saving/v3_vocabularies.h"
#include "keras/saving/v3_weights.h"
#include "keras/serialization/shared_layers.h"

namespace hornbeam {
namespace {

using formats::keras_v3::Archive;

void read_metadata(const Archive& archive, LoadReport& report) {
  if (!archive.has_metadata()) {
    report.notes.emplace_back("the archive has no metadata.json; what wrote it is told from its config");
    return;
  }
  const auto metadata = Config::parse(archive.metadata(), report.path + " (metadata.json)");
  if (!metadata.is_dict()) throw FormatError(report.path, "member 'metadata.json'", "an object", metadata.type_name());
  report.keras_version = metadata.get_string("keras_version", "");
}

// Keras wraps the optimizer of a model whose policy is mixed_float16 when it compiles it, and writes the one within:
// the policy of a Functional is in no file, but the state tells.
void restore_compile_config(const V3Store& store, const Config& config, Model& model, LoadReport& report) {
  const bool scaled = !store.variables("optimizer/inner_optimizer").empty();
  restore_compile(model, config, report, scaled ? LossScaling::as_saved : LossScaling::as_configured);
  if (!model.is_compiled()) return;
  if (scaled) note_loss_scale(model, report);
  // Keras 3 forgets it in models that were saved as H5 before; tf.keras keeps no state of legacy optimizers there.
  const auto* optimizer = config.find("optimizer");
  if (!optimizer || optimizer->is_null()) {
    // With its slots, or the other's step count and learning rate alone would pass for its state.
    model.optimizer()->build(model.trainable_weights());
    report.notes.emplace_back("optimizer: the archive names none, so it is RMSprop, as in Keras");
  } else if (store.variables("optimizer").empty()) {
    report.notes.emplace_back("optimizer: the archive has no state of it, so it starts anew, as in Keras");
  }
}

void note_members(const Archive& archive, const std::set<std::string>& used, LoadReport& report) {
  for (const auto& names : {archive.assets(), archive.others()}) {
    for (const auto& name : names) {
      if (!used.contains(name)) report.unused.push_back(name);
    }
  }
}

// The optimizer of a model that is built is built with it; the metrics, those of several outputs' losses among them,
// are made in the first step.
void note_traces(const Config& compiled, const Model& model) {
  const auto has = [&](const char* key) {
    const auto* list = compiled.find(key);
    return list && !list->is_null() && list->size() > 0;
  };
  if (!model.is_compiled() || !model.built()) return;
  set_traced_twice(model.optimizer(), has("metrics") || has("weighted_metrics") || model.output_names().size() > 1);
}

// Keras wants each vocabulary, unless the archive has no assets at all.
void check_vocabularies(const Archive& archive, const std::vector<std::string>& missing, const std::string& path) {
  if (missing.empty() || archive.assets().empty()) return;
  throw FormatError(path, "zip archive", "a vocabulary, '" + missing[0] + "'", "other assets alone");
}

}  // namespace

ModelRef load_keras_v3(std::shared_ptr<const base::ZipReader> zip, const LoadOptions& options, LoadReport& report) {
  const Archive archive(std::move(zip));
  read_metadata(archive, report);
  const auto config = Config::parse(archive.config(), report.path + " (JSON of config.json)");
  if (!config.is_dict()) {
    throw FormatError(report.path, "config.json", "a model's config, an object", std::string(config.type_name()));
  }
  const auto weights = archive.weights();
  const auto model = [&] {
    const SkipInitialization skip;  // the file has the values
    const SharedLayersScope shared(config);
    return build_model(config, options, report);
  }();
  const V3Store store(weights->root());
  Assignments assignments;
  const auto places = read_v3_weights(store, archive.assets(), *model, {.map = options.map}, report, assignments);
  std::set<std::string> used;
  check_vocabularies(archive, read_v3_vocabularies(archive, *model, places, used, report, assignments), report.path);
  assignments.run();
  const auto* compiled = config.find("compile_config");
  if (options.compile && compiled && compiled->size() > 0) {
    const CustomObjectScope scope(options.custom_objects);
    restore_compile_config(store, *compiled, *model, report);
  } else if (options.compile) {
    report.notes.emplace_back("No training configuration found in the archive, so the model was *not* compiled.");
  } else if (compiled && compiled->size() > 0) {
    report.unused.emplace_back("compile_config");
  }
  if (compiled) note_traces(*compiled, *model);
  read_v3_optimizer(store, *model, options.map, report, assignments);
  assignments.run();
  note_members(archive, used, report);
  return model;
}

void load_keras_v3_weights(std::shared_ptr<const base::ZipReader> zip, Model& model, const LoadWeightsOptions& options,
                           LoadReport& report) {
  const Archive archive(std::move(zip));
  read_metadata(archive, report);
  const auto weights = archive.weights();
  const V3Store store(weights->root());
  Assignments assignments;
  const auto places = read_v3_weights(store, archive.assets(), model, options, report, assignments);
  read_v3_optimizer(store, model, options.map, report, assignments);
  std::set<std::string> used;
  read_v3_vocabularies(archive, model, places, used, report, assignments);
  note_members(archive, used, report);
  assignments.run();
}

}  // namespace hornbeam
