#include "keras/saving/saved_model_load.h"

#include "keras/initializers/skip.h"
#include "keras/saving/build_model.h"
#include "keras/saving/compile_config.h"
#include "keras/saving/saved_model_objects.h"

namespace hornbeam {
namespace {

using SavedNode = formats::saved_model::KerasNode;
using formats::saved_model::SavedModel;

// Tuples and shapes, which Keras's encoder marks, as the lists that other files have in their places.
Config plain(const Config& value) {
  if (value.is_list()) {
    auto list = Config::list();
    for (const auto& item : value.as_list()) list.push_back(plain(item));
    return list;
  }
  if (!value.is_dict()) return value;
  const auto* name = value.find("class_name");
  if (const auto* items = value.find("items"); items && name && name->is_string()) {
    if (name->as_string() == "__tuple__" || name->as_string() == "TensorShape") return plain(*items);
  }
  auto dict = Config::dict();
  for (const auto& [key, item] : value.as_dict()) dict.set(key, plain(item));
  return dict;
}

const SavedNode& root_of(const std::vector<SavedNode>& nodes, const std::string& folder) {
  for (const auto& node : nodes) {
    if (node.node == 0 && node.identifier != "_tf_keras_metric") return node;
  }
  throw ValueError(
      "the SavedModel in " + folder +
      " holds no Keras model: it was written by tf.saved_model.save or export. saved_model::load opens it");
}

// Class and config as model_config has them; of a subclassed model what it says of itself.
Config object_of(const Config& metadata) {
  const auto* model = metadata.find("model_config");
  if (model && model->is_dict() && model->has("config")) return *model;
  const auto* config = metadata.find("config");
  const auto name = metadata.get_string("class_name", "");
  if (!config || config->is_null()) {
    throw NotImplementedError("not yet supported: a SavedModel whose model has no config (class " + name + ")");
  }
  return Config{{"class_name", name}, {"config", *config}};
}

}  // namespace

ModelRef load_saved_model(const std::string& folder, const LoadOptions& options, LoadReport& report) {
  const auto file = SavedModel::open(folder);
  const auto nodes = file->read_keras_nodes();
  const auto& root = root_of(nodes, folder);
  const auto metadata = plain(Config::parse(root.metadata, file->file_name() + " (JSON of the model's metadata)"));
  report.keras_version = metadata.get_string("keras_version", "");
  report.backend = metadata.get_string("backend", "");
  const auto model = [&] {
    const SkipInitialization skip;  // the file has the values
    return build_model(object_of(metadata), options, report);
  }();
  const SavedKerasModel saved(file);
  const auto weights = saved_weights(saved, *model);
  load_saved_weights(saved, *model, weights, options.map, report);
  const auto* training = metadata.find("training_config");
  if (!options.compile) {
    if (training && !training->is_null()) report.unused.emplace_back("training_config");
    return model;
  }
  if (!training || training->is_null()) {
    report.notes.emplace_back(
        "No training configuration found in the save file, so the model was *not* compiled. Compile it manually.");
    return model;
  }
  const CustomObjectScope scope(options.custom_objects);
  restore_compile(*model, *training, report);
  if (model->is_compiled()) load_saved_optimizer(saved, *model, weights, report);
  return model;
}

}  // namespace hornbeam
