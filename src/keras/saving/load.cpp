// models::load_model, load_weights, model_from_json.
#include <sys/stat.h>

#include "formats/file_kind.h"
#include "formats/hdf5/hdf5.h"
#include "hornbeam/saving.hpp"
#include "hornbeam/training.hpp"
#include "keras/engine/weights_not_created.h"
#include "keras/initializers/skip.h"
#include "keras/layers/preprocessing/lookup_of.h"
#include "keras/saving/build_model.h"
#include "keras/saving/checkpoint_weights.h"
#include "keras/saving/compile_config.h"
#include "keras/saving/h5_training.h"
#include "keras/saving/h5_weights.h"
#include "keras/saving/keras_v3_load.h"
#include "keras/saving/reporting.h"
#include "keras/saving/saved_model_load.h"
#include "keras/saving/v3_shards.h"
#include "keras/saving/v3_weights.h"

namespace hornbeam {
namespace {

namespace hdf5 = formats::hdf5;

std::string string_attribute(const hdf5::Object& object, const char* name) {
  return object.has_attribute(name) ? object.attribute(name).as_string() : std::string();
}

using formats::FileKind;

// What Keras says when there is no model at `path`; why is to follow.
std::string no_model(const std::string& path) {
  return "SavedModel file does not exist at: " + path + "/{saved_model.pbtxt|saved_model.pb}";
}

// A file of weights that is not there, as h5py says it.
std::string absent_weights(const std::string& path) {
  return "Unable to open file (unable to open file: name = '" + path +
         "', errno = 2, error message = 'No such file or directory', flags = 0, o_flags = 0)";
}

// `absent`: the error of a path where nothing is.
formats::KindFound kind_there(const std::string& path, const std::string& absent) {
  struct stat st {};
  if (::stat(path.c_str(), &st) != 0) throw OSError(absent);
  return formats::kind_of(path);
}

// `refusal`: what is said first of what is no HDF5 file.
std::shared_ptr<const hdf5::File> h5_of(const formats::KindFound& found, const std::string& path,
                                        const std::string& refusal) {
  if (found.kind == FileKind::hdf5) return hdf5::File::from_mapping(found.file);
  if (found.kind == FileKind::saved_model) {
    throw NotImplementedError("reading " + found.text + " is not yet supported: " + path);
  }
  throw OSError(refusal + ": " + path + ": expected an HDF5 file or a .keras archive (zip), found " + found.text +
                (found.kind == FileKind::json ? ". model_from_json reads a model's config" : ""));
}

void check_weights_made(const Model& model) {
  if (!model.built() && !model.layers().empty()) throw weights_not_created(model);
}

// Keras writes what a lookup has adapted to neither into a config nor among the weights of an H5 file.
void note_missing_vocabularies(const Layer& layer, LoadReport& report) {
  if (const auto* lookup = lookup_of(layer)) {
    const bool looks_up = !layer.get_config().at("output_mode").is_null();
    if (looks_up && !lookup->has_words())
      report.missing.push_back(layer.name() + ": its vocabulary, of which H5 files hold none");
    return;
  }
  for (const auto& inner : layer.sublayers()) note_missing_vocabularies(*inner, report);
}

}  // namespace

namespace models {

ModelRef load_model(const std::string& path, const LoadOptions& options) {
  const auto found =
      kind_there(path, no_model(path) + (is_checkpoint(path) ? ". There is a checkpoint, which holds "
                                                               "values and no model: load_weights takes "
                                                               "it, of a model made from its config"
                                                             : ". No file or directory found at " + path));
  if (found.kind == FileKind::saved_model) {
    Reporting<LoadReport> report(options.report, path, "saved_model");
    return load_saved_model(path, options, *report);
  }
  if (found.kind == FileKind::keras_v3) {
    Reporting<LoadReport> report(options.report, path, "keras_v3");
    return load_keras_v3(found.zip, options, *report);
  }
  Reporting<LoadReport> report(options.report, path, "h5");
  const auto file = h5_of(found, path, no_model(path));
  const auto root = file->root();
  report->keras_version = string_attribute(root, "keras_version");
  report->backend = string_attribute(root, "backend");
  if (!root.has_attribute("model_config")) {
    throw ValueError("No model found in config file. " + path + " has no attribute model_config" +
                     (hdf5::has_attribute_strings(root, "layer_names")
                          ? ": it holds weights alone. Make the model, then call its load_weights."
                          : "."));
  }
  const auto config = Config::parse(root.attribute("model_config").as_string(), path + " (JSON of model_config)");
  const auto model = [&] {
    const SkipInitialization skip;  // the file has the values
    return build_model(config, options, *report);
  }();
  load_h5_weights(root.group("model_weights"), *model, {.map = options.map}, *report);
  note_missing_vocabularies(*model, *report);
  if (options.compile) {
    restore_training(root, path, *model, options, *report);
  } else {
    note_unread_training(root, *report);
  }
  return model;
}

ModelRef model_from_config(const Config& config, const LoadOptions& options) {
  if (!config.is_dict()) throw ValueError("a model's JSON is an object, found " + std::string(config.type_name()));
  Reporting<LoadReport> report(options.report, "", "json");
  report->keras_version = config.get_string("keras_version", "");
  report->backend = config.get_string("backend", "");
  const auto model = build_model(config, options, *report);
  // Keras 3's JSON says how the model is compiled.
  if (const auto compiled = model->training_config(); !compiled.is_null()) {
    const CustomObjectScope scope(options.custom_objects);
    restore_compile(*model, compiled, *report);
    if (model->is_compiled() && model->built()) model->optimizer()->build(model->trainable_weights());
  }
  return model;
}
ModelRef model_from_config(const Config& config) { return model_from_config(config, LoadOptions{}); }

ModelRef model_from_json(const std::string& json, const LoadOptions& options) {
  return model_from_config(Config::parse(json, "model JSON"), options);
}
ModelRef model_from_json(const std::string& json) { return model_from_json(json, LoadOptions{}); }

train::CheckpointStatus load_weights(Model& model, const std::string& path, const LoadWeightsOptions& options) {
  if (const auto prefix = checkpoint_prefix(path)) {
    Reporting<LoadReport> report(options.report, path, "checkpoint");
    return load_checkpoint(model, *prefix, options, *report);
  }
  const auto found = kind_there(path, absent_weights(path));
  if (found.kind == FileKind::keras_v3) {
    Reporting<LoadReport> report(options.report, path, "keras_v3");
    check_weights_made(model);
    load_keras_v3_weights(found.zip, model, options, *report);
    return {};
  }
  if (const auto index = found.kind == FileKind::json ? shard_index_of(*found.file) : std::nullopt) {
    Reporting<LoadReport> report(options.report, path, "weights_v3_h5");
    check_weights_made(model);
    load_v3_file(open_shards(*index, path), model, options, *report);
    return {};
  }
  Reporting<LoadReport> report(options.report, path, "weights_h5");
  const auto file = h5_of(found, path, "Unable to open file (file signature not found)");
  const auto root = file->root();
  check_weights_made(model);
  const bool descend = !hdf5::has_attribute_strings(root, "layer_names") && root.has("model_weights");
  const auto group = descend ? root.group("model_weights") : root;
  if (!hdf5::has_attribute_strings(group, "layer_names")) {
    if (V3Store::is_v3(root)) {
      report->format = "weights_v3_h5";
      load_v3_file(V3Store(root), model, options, *report);
      return {};
    }
    throw FormatError(path, "/", "the attribute 'layer_names' of a weights file", "none");
  }
  report->keras_version = string_attribute(group, "keras_version");
  report->backend = string_attribute(group, "backend");
  load_h5_weights(group, model, options, *report);
  if (descend) note_unread_training(root, *report);
  return {};
}

}  // namespace models
}  // namespace hornbeam
