// The main graph of a SavedModel: what servers and saved_model_cli run, without objects: variables, signatures, and
// what saves and restores variables by their keys.
#pragma once

#include <string>
#include <vector>

#include "formats/saved_model/serialize.h"

namespace hornbeam {

// A lookup table, in place of a variable.
struct ServedTable {
  std::string shared_name;  // empty: it is a variable
  DType keys = DType::invalid, values = DType::invalid;
  std::string initialize;  // the function that fills it
};

struct ServedVariable {
  std::string name;  // unique
  std::string key;   // in the bundle
  DType dtype = DType::invalid;
  Shape shape;
  ServedTable table = {};
};

struct ServingGraph {
  std::vector<formats::saved_model::NodeDef> nodes;
  formats::saved_model::SaverNames saver;
  std::string init_op;
};

struct ServedSignature {
  formats::saved_model::Signature signature;
  std::string function;
  std::vector<std::size_t> captures;  // which variables its last arguments are
};

// Gives the signatures' tensors their names.
ServingGraph serving_graph(const std::vector<ServedVariable>& variables, std::vector<ServedSignature>& signatures);

}  // namespace hornbeam
