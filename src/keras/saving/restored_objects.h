// Objects of a SavedModel as they act without their classes: variables with their values, and functions that are called
// by replaying their graphs.
//
// Thread-safety: calls from several threads are safe; making variables is guarded.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "formats/saved_model/variables.h"
#include "graph/executor.h"
#include "graph/replay/loaded_functions.h"
#include "hornbeam/config.hpp"
#include "hornbeam/values.hpp"

namespace hornbeam {

// An argument of a restored function: tensors, or what Python would take as it stands (None, a bool, a number, a text).
using RestoredArgument = std::variant<Values, Config>;
struct RestoredArguments {
  std::vector<RestoredArgument> positional = {};
  std::map<std::string, RestoredArgument> keywords = {};
};

class RestoredObjects {
 public:
  RestoredObjects(std::shared_ptr<const formats::saved_model::SavedModel> file, bool map);

  const formats::saved_model::SavedModel& file() const { return *file_; }
  const formats::saved_model::SavedObjectGraph& objects() const { return file_->objects(); }

  // The variable that a node is, with its value. Throws FormatError when the file has none.
  Variable variable(std::int32_t node) const;
  // The table that a node is, made and filled as its functions or the bundle say. Throws FormatError, and what they
  // throw.
  Variable resource(std::int32_t node) const;
  // Those of a list node.
  std::vector<Variable> variables(std::int32_t list) const;

  // The node is this variable from here on, which gets the file's value. False when somebody has the node's already.
  bool adopt(std::int32_t node, const Variable& variable) const;

  // What Keras says of each metric that was saved, as JSON by its node. Read when asked for first.
  const std::map<std::int32_t, std::string>& metric_metadata() const;

  // Names of a function's arguments, without self.
  std::vector<std::string> argument_names(std::int32_t function) const;
  // Calls the one of the function's graphs that takes these arguments, as it takes them when none does exactly. Throws
  // ValueError in TensorFlow's words when none fits.
  using Assign = graph::LoadedFunctions::Assign;
  Values call(std::int32_t function, const RestoredArguments& arguments, const Assign& assign = {}) const;
  // A concrete function by name, its tensors in the order of its inputs. Of those that are called again on values,
  // with nobody watching, what can be compiled is.
  Values call_concrete(const std::string& name, const std::vector<Tensor>& tensors, const Assign& assign = {}) const;

 private:
  using Concrete = formats::saved_model::ConcreteFunction;
  struct Compiled {
    bool called = false, tried = false;
    std::shared_ptr<const graph::Executable> executable;  // null: it cannot be, or is not yet
  };
  Tensor captured(std::int32_t node) const;
  std::vector<Tensor> call_of_resource(std::int32_t node, const char* function) const;
  std::vector<Tensor> results_of(const std::string& name, const Concrete& concrete, std::vector<Tensor> tensors,
                                 const Assign& assign) const;
  std::shared_ptr<const graph::Executable> compiled(const std::string& name, const Concrete& concrete,
                                                    const std::vector<Tensor>& tensors) const;

  std::shared_ptr<const formats::saved_model::SavedModel> file_;
  formats::saved_model::Variables values_;
  graph::LoadedFunctions functions_;
  bool map_;
  mutable std::once_flag metrics_read_;
  mutable std::map<std::int32_t, std::string> metric_metadata_;
  mutable std::mutex mutex_;
  mutable std::map<std::int32_t, Variable> variables_;
  mutable std::recursive_mutex resources_mutex_;  // filling a table calls functions that take it
  mutable std::map<std::int32_t, Variable> resources_;
  mutable std::mutex compiling_;
  mutable std::map<std::string, Compiled> compiled_;
};

}  // namespace hornbeam
