// The objects of a SavedModel that holds a Keras model: what checkpoints see of it, with what Keras adds for those who
// load it: its own description of each layer, lists of variables and losses, and functions.
#pragma once

#include <string>
#include <vector>

#include "formats/saved_model/saved_model.h"
#include "formats/tensor_bundle/object_graph.h"
#include "hornbeam/model.hpp"
#include "hornbeam/saving.hpp"
#include "keras/saving/serving_graph.h"
#include "keras/saving/weight_forms.h"
#include "keras/serialization/dialect_write.h"
#include "track/object_walk.h"

namespace hornbeam {

struct SavedObjects {
  formats::saved_model::SavedObjectGraph graph;
  std::vector<formats::saved_model::KerasNode> keras;
  std::vector<formats::saved_model::FunctionDef> functions;
  std::vector<formats::saved_model::Signature> signatures;
  ServingGraph serving;
  formats::tensor_bundle::ObjectGraph checkpoint;           // the same objects, without functions
  std::vector<std::pair<std::string, Variable>> variables;  // by their keys in the bundle
  std::vector<std::pair<std::string, Tensor>> tables;       // keys and values of tables, likewise
};

struct SavedObjectsOptions {
  Dialect dialect;
  Config training_config;  // null: not compiled
  bool save_traces = true;
  Signatures signatures;
};

// `walk` begins with the model. What cannot be written is told in the report.
SavedObjects saved_objects(Model& model, const std::vector<track::WalkedObject>& walk, const WeightForms& forms,
                           const SavedObjectsOptions& options, SaveReport& report);

}  // namespace hornbeam
