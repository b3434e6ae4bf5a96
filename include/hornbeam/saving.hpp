// Loading whole models and weights from Keras's files. Mirrors keras.models.load_model and Model.load_weights.
//
// What a file is, is told from its bytes, not its name. Thread-safety: free functions; a model being loaded into needs
// external locking.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "hornbeam/model.hpp"
#include "hornbeam/serialization.hpp"

namespace hornbeam {

// What a load did: nothing is silently ignored.
struct LoadReport {
  std::string path;
  std::string format;         // "h5", "weights_h5", "json"
  std::string keras_version;  // as the file says: "2.3.0-tf", "3.15.1"; empty when it does not
  std::string backend;
  std::vector<std::string> matched;     // variables that got a value
  std::vector<std::string> missing;     // variables of the model that the file has no value for
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
  bool skip_mismatch = false;  // needs by_name, as in Keras 2
  bool map = false;
  LoadReport* report = nullptr;
};

namespace models {

// A whole model: H5 written by tf.keras 2.2-2.15, tf-keras, Keras 3 or standalone Keras 2. Throws OSError when there is
// no such file, ValueError in Keras's words (no config, unknown layer, weights that do not fit), FormatError on damage,
// NotImplementedError naming a format that is not yet read.
ModelRef load_model(const std::string& path, const LoadOptions& options = {});
// A model from JSON or its config, in any dialect, with freshly initialised weights.
ModelRef model_from_json(const std::string& json, const LoadOptions& options);
ModelRef model_from_config(const Config& config, const LoadOptions& options);
// Weights alone, by the order of layers, or by their names. Throws as load_model; on an error nothing is assigned.
void load_weights(Model& model, const std::string& path, const LoadWeightsOptions& options = {});

}  // namespace models
}  // namespace hornbeam
