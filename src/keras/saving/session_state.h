// A session's graph at work: parts of it that were called, and the variables and tables that their nodes are.
//
// Thread-safety: as graph::LoadedFunctions; making parts and variables is guarded.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "graph/executor.h"
#include "graph/replay/loaded_functions.h"
#include "graph/replay/main_graph.h"

namespace hornbeam {

// From tensors that are fed to tensors ("x:0") that are fetched, and operations that are run.
struct SessionPart {
  std::string name;  // each part has its own, for messages too
  std::vector<std::string> feeds, tensors, operations;
  std::vector<TensorSpec> specs = {};  // of the feeds, where they are known: then the part may be compiled
};

class SessionState {
 public:
  // `trainable`: names of such variables' nodes.
  SessionState(formats::saved_model::GraphDef graph, const std::string& file, std::set<std::string> trainable);

  graph::LoadedFunctions& functions() { return functions_; }
  // Throws what MainGraph::prune, LoadedFunctions::call and the ops throw.
  std::vector<Tensor> run(const SessionPart& part, std::vector<Tensor> fed);
  // Prunes the graph for the part now. Throws what MainGraph::prune does.
  void prepare(const SessionPart& part) { made(part); }
  // The variable that a node is, whatever kind it is of. Null when it is none, or has no value.
  Variable variable(const std::string& node) const;
  // The value of a variable that has none. False when the node is no such variable.
  bool give(const std::string& node, const Tensor& value);

 private:
  using Node = formats::saved_model::NodeDef;
  struct Made {
    std::string function;
    std::vector<const Node*> resources;
    bool called = false, tried = false;
    std::shared_ptr<const graph::Executable> executable = {};  // null: it cannot be, or is not yet
  };
  Made& made(const SessionPart& part);
  Variable slot(const Node& node) const;
  void assign(const Variable& variable, const Tensor& value);
  std::vector<Tensor> replay(const Made& made, std::vector<Tensor> tensors);
  std::shared_ptr<const graph::Executable> compiled(Made& made, const SessionPart& part,
                                                    const std::vector<Tensor>& tensors);

  graph::LoadedFunctions functions_;
  graph::MainGraph graph_;
  std::string file_;
  std::set<std::string> trainable_;
  mutable std::recursive_mutex mutex_;
  std::map<std::string, Made> parts_;
  mutable std::map<std::string, Variable> slots_;  // by kind and shared name
  struct Empty {
    const Node* node;
    Variable itself;  // it stays, for whoever runs knows it by its place in memory
  };
  mutable std::unordered_map<const VariableNode*, Empty> empty_;
  std::mutex compiling_;
};

}  // namespace hornbeam
