// A layer's call as functions of a SavedModel: one for inference and one for training where they differ.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "formats/saved_model/saved_model.h"
#include "graph/export/function_defs.h"
#include "hornbeam/layer.hpp"
#include "hornbeam/signatures.hpp"
#include "keras/engine/call_scope.h"

namespace hornbeam {

class LookupTable;

// Writes functions into one file, for variables that are nodes of its object graph.
class CallFunctions {
 public:
  // Where a metric that a call adds has its state in the file.
  using MetricOf = std::function<MetricObject&(const CallScope::AddedMetric&)>;
  CallFunctions(const std::map<const Trackable*, std::int32_t>& nodes, formats::saved_model::SavedObjectGraph& objects,
                MetricOf metric_of)
      : nodes_(nodes), objects_(objects), metric_of_(std::move(metric_of)) {}

  // What it is called with: tensors whose dtypes and shapes count, in the structure of the call's first argument.
  struct Arguments {
    Values inputs;
    // Lists are tuples: so Keras's predict, fit and evaluate pass on the inputs that they are given as a list, and its
    // functions take the very structure that they were traced with, alone.
    bool tuple = false;
    std::vector<std::string> names;  // of the leaves; may be shorter
    Values states;                   // a recurrent cell's second argument, a list; None: there is none
    bool takes_training = false;     // as an argument, with a function for each value
    bool takes_mask = false;         // as one that is always None
    // Of a call with more arguments than these: what it is called by, and those after the first in their order. Each is
    // a tensor, or plain; "training" only says where that stands.
    std::string first = "inputs";
    struct Further {
      std::string name;
      Values tensors;
      Config plain;           // true, false or null
      bool required = false;  // else its default is this:
      Config default_value;
    };
    std::vector<Further> further;
  };
  struct Made {
    formats::saved_model::FunctionObject call;             // gives the outputs
    formats::saved_model::FunctionObject call_and_losses;  // gives the outputs, and the losses that the call adds
  };
  Made trace(Layer& layer, const Arguments& arguments);
  // A function of nothing that gives a loss.
  formats::saved_model::FunctionObject trace_loss(const std::string& name, const std::function<Tensor()>& loss);
  // A function that is called by keywords, by its name in the file; of the signature's tensors, names are still to be
  // given. Throws ValueError in TensorFlow's words when the function is none, or gives other than named tensors.
  struct Signature {
    formats::saved_model::Signature signature;
    std::string function;
  };
  Signature trace_signature(const std::string& key, const SignatureFunction& function);
  // What makes, fills and ends a table, one that is there under this name for all that ask for it.
  struct TableFunctions {
    std::string shared_name;
    formats::saved_model::FunctionObject create, initialize, destroy;
  };
  TableFunctions trace_table(const std::shared_ptr<LookupTable>& table);
  std::vector<formats::saved_model::FunctionDef> take() { return defs_.take(); }

 private:
  std::string add(std::shared_ptr<const graph::Function> function, const std::string& name,
                  const std::vector<std::string>& arguments, formats::saved_model::StructuredValue inputs,
                  formats::saved_model::StructuredValue outputs);

  const std::map<const Trackable*, std::int32_t>& nodes_;
  formats::saved_model::SavedObjectGraph& objects_;
  MetricOf metric_of_;
  graph::FunctionDefs defs_;
};

}  // namespace hornbeam
