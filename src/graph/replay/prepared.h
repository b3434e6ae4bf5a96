// A function of a loaded graph, made ready to be run: the nodes that its results and effects need, in order.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "formats/saved_model/graph_def.h"
#include "graph/replay/loaded_functions.h"
#include "ops/op_def.h"

namespace hornbeam::graph {

struct PreparedFunction {
  // Values are numbered: arguments, then what each step gives.
  struct Step {
    const formats::saved_model::NodeDef* node;
    const OpDef* op;  // null: one that Run knows by name
    Attrs attrs;      // those that the op has
    std::vector<std::size_t> inputs;
    std::vector<std::size_t> controls;  // steps that it waits for
    std::size_t first_output;
    std::size_t outputs;
  };
  std::size_t arguments = 0, values = 0;
  std::vector<Step> steps;
  std::vector<std::size_t> results;
  bool switches = false;  // there is a Switch, which leaves one of its outputs, and what needs it, without a value

  // Throws ValueError naming the node that is wrong, NotImplementedError naming an op.
  PreparedFunction(const formats::saved_model::FunctionDef& function, const std::string& file);
};

}  // namespace hornbeam::graph
