// Functions of a loaded graph: calling one calls its nodes' ops again, eagerly or in the trace that is at work, so that
// gradients, variables and shapes are as if the code that was traced then ran now.
//
// Variables are passed as resource tensors. Control flow becomes ops::cond, switch_case and while_loop; calls of
// functions are followed. Thread-safety: `call` may be used from several threads at once.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "formats/saved_model/graph_def.h"
#include "hornbeam/tensor.hpp"
#include "hornbeam/variable.hpp"

namespace hornbeam::graph {

struct PreparedFunction;

class LoadedFunctions {
 public:
  // `file` is for messages.
  LoadedFunctions(formats::saved_model::GraphDef graph, std::string file);
  ~LoadedFunctions();

  bool has(const std::string& name) const { return functions_.contains(name); }
  const formats::saved_model::FunctionDef& definition(const std::string& name) const;
  // Throws NotImplementedError "not yet supported: op NAME" for ops that the function needs and nobody has here;
  // ValueError naming the function and the node that is wrong; what the ops throw.
  // `assign`: takes what variables become, in the order of the assignments; the call's own reads see it at once.
  // Default: they are assigned. What is assigned inside of control flow is, in either case.
  using Assign = std::function<void(const Variable& variable, const Tensor& value)>;
  std::vector<Tensor> call(const std::string& name, std::span<const Tensor> arguments, const Assign& assign = {}) const;
  // Files that functions may fill tables from: no others are opened, whatever a graph says.
  void allow_files(std::set<std::string> paths) { files_ = std::move(paths); }
  // What RestoreV2 gives for a tensor's name and slice; without, it is refused, whatever a graph says.
  using Restore = std::function<Tensor(const std::string& name, const std::string& slice)>;
  void allow_restore(Restore restore) { restore_ = std::move(restore); }
  // One function more, under a name of its own (ValueError if not). May be called while others are.
  void add(formats::saved_model::FunctionDef function);
  const std::vector<formats::saved_model::NodeDef>& main_nodes() const { return graph_.nodes; }
  // The value of a Const of the main graph. Throws ValueError when there is no such node.
  Tensor constant(const std::string& node) const;

 private:
  class Run;
  const PreparedFunction& prepared(const std::string& name) const;

  std::string file_;
  std::set<std::string> files_;
  Restore restore_;
  formats::saved_model::GraphDef graph_;
  std::map<std::string, const formats::saved_model::FunctionDef*> functions_;
  std::vector<std::unique_ptr<const formats::saved_model::FunctionDef>> added_;
  mutable std::mutex mutex_;
  mutable std::map<std::string, std::unique_ptr<const PreparedFunction>> prepared_;
};

}  // namespace hornbeam::graph
