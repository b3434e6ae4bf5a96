#include "keras/saving/build_model.h"

#include "hornbeam/target.hpp"
#include "keras/initializers/skip.h"
#include "keras/serialization/dialect.h"
#include "keras/serialization/load_notes.h"

namespace hornbeam {
namespace {

std::string target_of(const std::string& keras_version, Generation generation) {
  if (generation == Generation::keras3) return "keras3";
  // tf.keras 2.2 says "2.3.0-tf"; standalone Keras up to 2.3 writes the same dialect.
  for (const auto* old : {"1.", "2.0.", "2.1.", "2.2.", "2.3.", "2.4."}) {
    if (keras_version.starts_with(old)) return "tf2.2";
  }
  return "tf2.15";
}

std::vector<std::string>& list_for(LoadNote::Kind kind, LoadReport& report) {
  switch (kind) {
    case LoadNote::Kind::renamed_class:
    case LoadNote::Kind::converted:
      return report.converted;
    case LoadNote::Kind::unused_layer:
      return report.unused;
    case LoadNote::Kind::ignored_key:
    case LoadNote::Kind::added:
      break;
  }
  return report.notes;
}

}  // namespace

ModelRef build_model(const Config& object, const LoadOptions& options, LoadReport& report) {
  const auto generation = generation_of(report.keras_version, object);
  const GenerationScope scope(generation);
  const TargetScope target(target_named(target_of(report.keras_version, generation)));
  const WeightTotal total;
  const CustomObjectScope custom(options.custom_objects);
  LoadNotes notes;
  const auto layer = layers::deserialize(object).ptr();
  auto model = std::dynamic_pointer_cast<Model>(layer);
  if (!model) {
    throw ValueError("the config is that of a layer (" + layer->class_name() +
                     "), not of a model; use layers::deserialize");
  }
  model->set_target(target_of(report.keras_version, generation));
  model->set_keras_version(report.keras_version);
  if (const auto* compiled = object.find("compile_config"); options.compile && compiled && compiled->size() > 0) {
    model->set_training_config(*compiled);
  }
  for (const auto& note : notes.notes()) {
    list_for(note.kind, report).push_back(note.where + ": " + note.text);
  }
  return model;
}

void set_origin(Model& model, const LoadReport& report) {
  model.set_target(target_of(report.keras_version, generation_of(report.keras_version, Config::dict())));
  model.set_keras_version(report.keras_version);
}

}  // namespace hornbeam
