// Functions as a SavedModel spells them: nodes that name their inputs, functions that name what they call.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "formats/saved_model/graph_def.h"
#include "graph/function.h"

namespace hornbeam::graph {

// Collects functions for one file: `add` each, then `take` them with those that they call.
class FunctionDefs {
 public:
  struct Added {
    std::string name;                // in the file: "__inference_NAME_N"
    std::vector<Variable> captures;  // which its last arguments are, of dtype resource
  };
  // The function's own arguments come first, then what it captures. Ops of Hornbeam's own are spelled as TensorFlow's
  // (export/lower.h). What changes a variable is run for its effect, in the order of the trace. `arguments` names the
  // first arguments; others have names of their own.
  Added add(std::shared_ptr<const Function> function, const std::string& name,
            const std::vector<std::string>& arguments = {}) {
    return add(std::move(function), name, arguments, "");
  }
  std::vector<formats::saved_model::FunctionDef> take() { return std::move(functions_); }

 private:
  // Nodes of functions that others call have names under a scope of their own: tf2onnx brings them together in one
  // graph.
  Added add(std::shared_ptr<const Function> function, const std::string& name,
            const std::vector<std::string>& arguments, const std::string& scope);
  FunctionAttr exported(const FunctionAttr& attr);

  std::vector<formats::saved_model::FunctionDef> functions_;
  std::map<std::shared_ptr<const FunctionBody>, std::string> called_;  // kept, so that none is taken for another
  int next_ = 0, next_scope_ = 0;
};

}  // namespace hornbeam::graph
