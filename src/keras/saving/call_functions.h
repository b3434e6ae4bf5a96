// A layer's call as functions of a SavedModel: one for inference and one for training where they differ.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "formats/saved_model/saved_model.h"
#include "graph/export/function_defs.h"
#include "hornbeam/layer.hpp"

namespace hornbeam {

// Writes functions into one file, for variables that are nodes of its object graph.
class CallFunctions {
 public:
  CallFunctions(const std::map<const Trackable*, std::int32_t>& nodes, formats::saved_model::SavedObjectGraph& objects)
      : nodes_(nodes), objects_(objects) {}

  // What it is called with: tensors whose dtypes and shapes count, in the structure of the call's first argument.
  struct Arguments {
    Values inputs;
    std::vector<std::string> names;  // of the leaves; may be shorter
    bool takes_training = false;     // as an argument, with a function for each value
    bool takes_mask = false;         // as one that is always None
  };
  struct Made {
    formats::saved_model::FunctionObject call;             // gives the outputs
    formats::saved_model::FunctionObject call_and_losses;  // gives the outputs, and the losses that the call adds
  };
  Made trace(Layer& layer, const Arguments& arguments);
  // Inference by keywords: what a signature names its inputs, and its outputs. Gives the function's name.
  struct Signature {
    std::vector<std::string> inputs;   // of the leaves
    std::vector<std::string> outputs;  // of the leaves
  };
  formats::saved_model::Signature trace_signature(Layer& layer, const Arguments& arguments, const Signature& names,
                                                  std::string& function);
  std::vector<formats::saved_model::FunctionDef> take() { return defs_.take(); }

 private:
  std::string add(std::shared_ptr<const graph::Function> function, const std::string& name,
                  const std::vector<std::string>& arguments, formats::saved_model::StructuredValue inputs,
                  formats::saved_model::StructuredValue outputs);

  const std::map<const Trackable*, std::int32_t>& nodes_;
  formats::saved_model::SavedObjectGraph& objects_;
  graph::FunctionDefs defs_;
};

}  // namespace hornbeam
