// The main graph of a file as TensorFlow 1 ran it in a session: parts of it, from tensors that are fed to tensors and
// operations that are fetched, become functions.
//
// Variables, those of references too, and tables are no part of such a function: it takes their handles after what is
// fed. Assignments to references become assignments to resources, and uses of them reads. Mirrors
// WrappedFunction.prune.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "formats/saved_model/graph_def.h"

namespace hornbeam::graph {

struct PrunedFunction {
  formats::saved_model::FunctionDef function;
  std::vector<const formats::saved_model::NodeDef*> resources;  // whose handles are its last arguments
};

class MainGraph {
 public:
  // Keeps no copy of the nodes, which must outlive it. Throws ValueError when two have one name. `file` is for
  // messages.
  MainGraph(const std::vector<formats::saved_model::NodeDef>& nodes, std::string file);

  // Throws ValueError when there is none.
  const formats::saved_model::NodeDef& node(const std::string& name) const;
  // Feeds and fetches are tensors: "x:0". Operations are run before the results are there. Throws ValueError in
  // TensorFlow's words when a placeholder is needed that is not fed; NotImplementedError for loops that are no
  // functions.
  PrunedFunction prune(const std::string& name, const std::vector<std::string>& feeds,
                       const std::vector<std::string>& fetches, const std::vector<std::string>& operations) const;
  // Whether a node is a variable or a table.
  static bool is_resource(const formats::saved_model::NodeDef& node);
  // Whether the name is of a tensor, not of an operation.
  static bool is_tensor(std::string_view name) { return name.find(':') != name.npos; }

 private:
  class Pruning;
  std::string file_;
  const std::vector<formats::saved_model::NodeDef>& nodes_;
  std::unordered_map<std::string_view, std::size_t> by_name_;
};

}  // namespace hornbeam::graph
