#include "keras/saving/saved_model_load.h"

#include <algorithm>

#include "graph/function.h"
#include "hornbeam/layers/lookup.hpp"
#include "keras/engine/structure.h"
#include "keras/initializers/skip.h"
#include "keras/saving/build_model.h"
#include "keras/saving/compile_config.h"
#include "keras/saving/revived.h"
#include "keras/saving/revived_parts.h"
#include "keras/saving/saved_model_objects.h"
#include "keras/saving/saved_vocabulary_sizes.h"
#include "keras/serialization/dialect.h"

namespace hornbeam {
namespace {

using formats::saved_model::SavedModel;

// All that Keras saved, the root first.
std::vector<SavedLayer> saved_layers(const SavedModel& file, const std::string& folder) {
  std::vector<SavedLayer> layers;
  if (!file.has_objects()) {
    throw ValueError("the SavedModel in " + folder +
                     " holds no Keras model: it was saved without objects, as TensorFlow 1 and Estimators do. "
                     "saved_model::load and `hornbeam predict --signature NAME` call its signatures");
  }
  for (const auto& node : file.read_keras_nodes()) {
    layers.push_back({node.node, node.identifier,
                      unwrapped(Config::parse(node.metadata, file.file_name() + " (JSON of the metadata of node " +
                                                                 std::to_string(node.node) + ")"))});
    if (node.node == 0) std::swap(layers.front(), layers.back());
  }
  if (!layers.empty() && layers[0].node == 0 && layers[0].identifier != "_tf_keras_metric") return layers;
  throw ValueError(
      "the SavedModel in " + folder +
      " holds no Keras model: it was written by tf.saved_model.save or export. saved_model::load opens it");
}

// Class and config as model_config has them; of a subclassed model what it says of itself. Null when it says nothing.
Config object_of(const SavedLayer& saved) {
  const auto* model = saved.metadata.find("model_config");
  if (model && model->is_dict() && model->has("config")) return *model;
  if (saved.without_config()) return {};
  return Config{{"class_name", saved.class_name()}, {"config", saved.metadata.at("config")}};
}

bool has_tables(const Layer& layer) {
  if (dynamic_cast<const IndexLookupLayer*>(&layer)) return true;
  const auto& inner = layer.sublayers();
  return std::any_of(inner.begin(), inner.end(), [](const auto& l) { return has_tables(*l); });
}

class SavedModelLoad {
 public:
  SavedModelLoad(const std::string& folder, const LoadOptions& options, LoadReport& report)
      : options_(options), report_(report), file_(SavedModel::open(folder)), layers_(saved_layers(*file_, folder)) {}

  ModelRef load() {
    report_.keras_version = metadata().get_string("keras_version", "");
    report_.backend = metadata().get_string("backend", "");
    note_signatures();
    const auto model = make();
    if (!model->built()) build_as_saved(*model);
    const SavedKerasModel saved(file_);
    const auto weights = saved_weights(saved, *model, report_);
    load_saved_weights(saved, *model, weights, options_.map, report_);
    load_saved_states(saved, *model, report_);
    if (has_tables(*model)) load_saved_tables(*restored(), *model, report_);
    train(*model, saved, weights);
    return model;
  }

 private:
  const Config& metadata() const { return layers_[0].metadata; }

  // What the model itself does not give when it is saved again.
  void note_signatures() {
    std::string names;
    for (const auto& signature : file_->signatures()) {
      if (signature.key == "serving_default" || signature.key == "__saved_model_init_op") continue;
      names += (names.empty() ? "'" : ", '") + signature.key + "'";
    }
    if (names.empty()) return;
    report_.notes.push_back("signatures " + names +
                            ": no part of the model, and left out when it is saved again, as in Keras. "
                            "saved_model::load calls them");
  }

  ModelRef make() {
    const SkipInitialization skip;  // the file has the values
    const auto object = object_of(layers_[0]);
    auto options = options_;
    Revival revival([this] { return restored(); }, layers_);
    options.custom_objects = revival.with_classes(options_.custom_objects);
    const auto name = layers_[0].class_name();
    // The root's own class, when it is known only by what was saved, or is a user's that is called as a layer of Keras.
    const bool revived = options.custom_objects.contains(name) && !options_.custom_objects.contains(name);
    const bool is_model = name == "Sequential" || name == "Functional" || name == "Model";
    const bool namesake = !is_model && find_layer_class(name) && !options_.custom_objects.contains(name);
    if (!object.is_null() && !revived && !namesake) {
      return build_model(with_vocabulary_sizes(object, layers_, file_), options, report_);
    }
    report_.notes.push_back("the class " + name +
                            (object.is_null() ? " was saved without a config" : " is not registered") +
                            ": the model acts by the functions that were saved with it");
    const auto model = revival.model();
    set_origin(*model, report_);
    return model;
  }

  // A subclassed model that came from its config has no weights yet: they are made for what its call function takes,
  // or, where it was saved without one, for the shape that it was saved with.
  void build_as_saved(Model& model) {
    if (dynamic_cast<const FunctionalModel*>(&model)) return;
    if (const auto name = layers_[0].name(); !name.empty()) model.set_name(name);
    const auto call = call_of_saved(*restored(), layers_[0].node);
    const auto inputs = call ? inputs_of_saved(*restored(), call->function) : Values();
    if (!inputs.is_none()) {
      graph::trace(model.name() + "_build", specs_of(inputs),
                   [&](std::span<const Tensor> arguments) { return model(inputs.pack_like(arguments)).flatten(); });
      return;
    }
    auto shape = saved_shape(layers_[0]);
    if (!shape) return;
    if (shape->rank() > 0) (*shape)[0] = None;
    model.build(*shape);
  }

  std::shared_ptr<const RestoredObjects> restored() {
    if (!restored_) restored_ = std::make_shared<const RestoredObjects>(file_, options_.map);
    return restored_;
  }

  void train(Model& model, const SavedKerasModel& saved, const std::vector<std::int32_t>& weights) {
    const auto* training = metadata().find("training_config");
    if (!options_.compile) {
      if (training && !training->is_null()) report_.unused.emplace_back("training_config");
      return;
    }
    if (!training || training->is_null()) {
      report_.notes.emplace_back(
          "No training configuration found in the save file, so the model was *not* compiled. Compile it manually.");
      return;
    }
    const CustomObjectScope scope(options_.custom_objects);
    restore_compile(model, *training, report_);
    if (model.is_compiled()) load_saved_optimizer(saved, model, weights, report_);
  }

  const LoadOptions& options_;
  LoadReport& report_;
  std::shared_ptr<const SavedModel> file_;
  std::vector<SavedLayer> layers_;
  std::shared_ptr<const RestoredObjects> restored_;
};

}  // namespace

ModelRef load_saved_model(const std::string& folder, const LoadOptions& options, LoadReport& report) {
  return SavedModelLoad(folder, options, report).load();
}

}  // namespace hornbeam
