// Layers and models in the dialect of one Keras: the configs that Keras would write for them.
#pragma once

#include <string>
#include <unordered_set>

#include "hornbeam/model.hpp"
#include "keras/serialization/dialect_tables.h"
#include "keras/serialization/graph_writer.h"

namespace hornbeam {

struct Dialect {
  Target target = Target::tf215;
  // tf-keras, the package that goes on with Keras 2 beside Keras 3.
  bool tf_keras = false;
  // Objects with module, registered_name and build_config (Keras 2.12 and later).
  bool v3_objects = true;
  // The config in an H5 file, where the layers of models are without those all the same.
  bool h5 = false;
  // How much of functional models is written.
  FunctionalModel::Extent extent = FunctionalModel::Extent::all;
  // Layers whose places are marked, but for the first (shared_layers.h).
  std::unordered_set<const Layer*> shared = {};
};
// `keras_version`: of the file the model came from; may be empty.
Dialect dialect_for(const std::string& target, const std::string& keras_version);

// {"class_name", "config", ...} of a layer or model with all that it holds. Throws ValueError naming the layer when the
// target has no such class, setting or activation.
Config to_dialect(const Layer& layer, const Dialect& dialect);
// The "keras_version" that a file says: that of the file the model came from, if it is of the target; but "tf2.15"
// asked for is TensorFlow 2.15, which does not read what tf-keras writes now.
std::string keras_version_for(const Model& model, const std::string& target, bool asked_for);

// ---- the writer's parts ----
class DialectWriter {
 public:
  explicit DialectWriter(const Dialect& dialect) : dialect_(dialect) {}

  // `depth`: how many layers hold this one in their configs (wrappers, not models).
  Config layer(const Layer& layer, int depth = 0) const;
  // From a legacy object; `layer` may be null, and tells for which shapes it was built.
  Config layer_object(const Config& object, const Layer* layer, int depth = 0) const;

 private:
  // dialect_write.cpp
  Config layer_config(const std::string& class_name, const Config& config, const Layer* layer, int depth) const;
  Config lambda_for(Config config) const;
  void apply_key_rules(const std::string& table_name, const std::string& who, Config& config) const;
  Config value(const std::string& who, const std::string& key, const Config& value, const Layer* layer,
               int depth) const;
  Config named_object(const std::string& who, const std::string& family, const Config& object) const;
  Config activation(const std::string& who, const Config& value, int depth) const;
  Config policy(const std::string& class_name, const Config& dtype) const;
  Config object(const std::string& class_name, Config config, const char* module) const;
  Config wrapped(const std::string& class_name, Config config, const Layer* layer, int depth) const;
  Config build_config(const std::string& class_name, const Layer& layer) const;
  // dialect_write_model.cpp
  Config functional_config(const FunctionalModel& model) const;
  Config sequential_config(const SequentialModel& model) const;
  Config stacked_layer(const Layer& layer) const;
  Config policy_of(const Layer& layer) const;

  bool is(Target target) const { return dialect_.target == target; }
  // Keras 2 writes arrays as lists, but for archives and JSON from 2.12 on.
  bool lists_for_arrays() const { return is(Target::tf22) || (is(Target::tf215) && dialect_.h5); }
  Dialect dialect_;
  // Of the shared layers, those that were written; and how many marks there are.
  mutable std::unordered_set<const Layer*> placed_;
  mutable int marks_ = 0;
};

}  // namespace hornbeam
