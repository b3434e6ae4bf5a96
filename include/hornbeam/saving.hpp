// Loading and saving whole models and weights in Keras's files. Mirrors keras.models.load_model, save_model and
// Model.save, save_weights, load_weights.
//
//   model->save("model.h5");
//   model->save("for_keras3.h5", {.target = "keras3"});
//   auto again = hb::models::load_model("model.h5");
//
// What a file is, is told from its bytes when it is read, and from its name (or save_format) when it is written, as in
// Keras. A file appears whole or not at all: it is written beside the old one, synced and renamed; an error or a crash
// leaves the old one. Symbolic links are followed, permissions kept. The same model gives the same bytes (but for the
// date in a .keras archive, which can be left out).
// Thread-safety: free functions; a model being loaded into or changed meanwhile needs external locking.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "hornbeam/model.hpp"
#include "hornbeam/serialization.hpp"
#include "hornbeam/signatures.hpp"

namespace hornbeam {

// What a load did: nothing is silently ignored.
struct LoadReport {
  std::string path;
  std::string format;         // "h5", "keras_v3", "saved_model", "weights_h5", "weights_v3_h5", "checkpoint", ...
  std::string keras_version;  // as the file says: "2.3.0-tf", "3.15.1"; empty when it does not
  std::string backend;
  std::vector<std::string> matched;     // variables that got a value
  std::vector<std::string> missing;     // paths of the model's variables that the file has no value for
  std::vector<std::string> unused;      // what the file holds and the model has no place for
  std::vector<std::string> mismatched;  // skipped for their shape or count
  std::vector<std::string> converted;   // values or configs brought from an older form
  std::vector<std::string> notes;       // tolerated unknown keys, training configuration not restored, ...
  Config to_config() const;
  std::string to_string() const;
};

struct LoadOptions {
  CustomObjects custom_objects = {};
  bool compile = true;
  // Weights stay mapped from the file until assigned to. Another process that truncates the file ends this one.
  bool map = false;
  LoadReport* report = nullptr;
};

struct LoadWeightsOptions {
  bool by_name = false;
  bool skip_mismatch = false;  // of legacy H5 it needs by_name, as in Keras 2
  bool map = false;            // as RestoreOptions::map of a TensorFlow checkpoint, as LoadOptions::map of others
  LoadReport* report = nullptr;
};

// What a save did: nothing is silently left out.
struct SaveReport {
  std::string path;
  std::string format;  // "h5", "keras_v3", "saved_model", "weights_h5", "weights_v3_h5", "checkpoint"
  std::string target;  // "tf2.2", "tf2.15", "keras3"
  std::string keras_version;
  std::vector<std::string> written;    // parts of the file, and the variables in it
  std::vector<std::string> dropped;    // what the model has and this format or target has no place for
  std::vector<std::string> converted;  // what was brought to another form for the target
  Config to_config() const;
  std::string to_string() const;
};

struct SaveOptions {
  bool overwrite = true;  // nobody is asked: false makes an existing file, or one that appears meanwhile, an error
  bool include_optimizer = true;
  std::string save_format = "";  // "h5", "tf", "keras"; default: by the path's suffix
  // .keras archives say when they were saved: without it the same model gives the same bytes.
  bool date = true;
  // SavedModels: functions for those who serve it, in place of the one that predicts.
  Signatures signatures = {};
  // SavedModels: also the calls of model and layers as functions, for who loads it without their classes.
  bool save_traces = true;
  // The Keras that shall open it: "tf2.2", "tf2.15", "keras3"; default: the model's own (of tf-keras's: tf-keras).
  std::string target = "";
  SaveReport* report = nullptr;
};

struct SaveWeightsOptions {
  bool overwrite = true;
  std::string save_format = "";
  std::string target = "";
  SaveReport* report = nullptr;
};

namespace models {

// A whole model: H5 written by tf.keras 2.2-2.15, tf-keras, Keras 3 or standalone Keras 2, a .keras archive
// of 2.12-2.15, tf-keras or Keras 3, or a SavedModel folder of tf.keras and tf-keras. A SavedModel's optimizer goes on
// from where it stood, which in Keras itself it does not. Throws OSError when there is no such file, ValueError in
// Keras's words (no config, unknown layer, weights that do not fit), FormatError on damage, NotImplementedError naming
// a format that is not yet read.
ModelRef load_model(const std::string& path, const LoadOptions& options = {});
// A model from JSON or its config, in any dialect, with freshly initialised weights.
ModelRef model_from_json(const std::string& json, const LoadOptions& options);
ModelRef model_from_config(const Config& config, const LoadOptions& options);
// Weights alone: of a checkpoint ("<path>.index" and its data files, or a SavedModel's folder) by the names in the
// object graph, also those of weights that are still to be made, and the optimizer's state; of an H5 file by the order
// of layers, or by their names; of a .keras archive and of H5 in its layout (.weights.h5, or the .weights.json of its
// shards) by the places of layers in the model, with the state of a compiled model's optimizer. Throws as load_model;
// on an error nothing is assigned.
train::CheckpointStatus load_weights(Model& model, const std::string& path, const LoadWeightsOptions& options = {});

// A whole model as one H5 file (.h5, .hdf5), as a .keras archive (targets tf2.15 and keras3; for tf2.2, which does not
// know it, a name in .keras is another of H5's), or as a SavedModel folder (targets tf2.2 and tf2.15), which TensorFlow
// 2.2 to tf-keras load, with or without its classes. Missing folders are made. Throws NotImplementedError for a
// subclassed model in H5, as Keras; ValueError naming the layer that the target cannot hold; OSError when writing
// fails.
void save_model(const Model& model, const std::string& path, const SaveOptions& options = {});
inline void save_model(const ModelRef& model, const std::string& path, const SaveOptions& options = {}) {
  save_model(*model, path, options);
}
// The weights alone: a TensorFlow checkpoint, with the optimizer's state, or in the legacy H5 layout that every Keras
// loads when the path ends in .h5, .hdf5 or, for Keras 2, .keras, or save_format says so; with targets tf2.15 and
// keras3, when it ends in .weights.h5, in Keras's v3 layout, with the optimizer's state. Throws as save_model;
// ValueError for a .keras name and target keras3, and when the model has no weights yet.
void save_weights(const Model& model, const std::string& path, const SaveWeightsOptions& options = {});

}  // namespace models
}  // namespace hornbeam
