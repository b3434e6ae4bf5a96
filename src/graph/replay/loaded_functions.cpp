#include "graph/replay/loaded_functions.h"

#include <algorithm>

#include "graph/replay/prepared.h"
#include "graph/replay/run.h"
#include "hornbeam/errors.hpp"

namespace hornbeam::graph {

using formats::saved_model::FunctionDef;

LoadedFunctions::LoadedFunctions(formats::saved_model::GraphDef graph, std::string file)
    : file_(std::move(file)), graph_(std::move(graph)) {
  for (const auto& function : graph_.functions) {
    if (functions_.emplace(function.name, &function).second) continue;
    throw ValueError(file_ + ": function '" + function.name + "' is a duplicate: two functions have this name");
  }
}

LoadedFunctions::~LoadedFunctions() = default;

const FunctionDef& LoadedFunctions::definition(const std::string& name) const {
  const auto it = functions_.find(name);
  if (it == functions_.end()) throw ValueError(file_ + ": function '" + name + "' is not in the library");
  return *it->second;
}

const PreparedFunction& LoadedFunctions::prepared(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  auto& slot = prepared_[name];
  if (!slot) slot = std::make_unique<const PreparedFunction>(definition(name), file_);
  return *slot;
}

void LoadedFunctions::add(FunctionDef function) {
  const std::lock_guard lock(mutex_);
  auto kept = std::make_unique<const FunctionDef>(std::move(function));
  if (!functions_.emplace(kept->name, kept.get()).second) {
    throw ValueError(file_ + ": function '" + kept->name + "' is a duplicate: two functions have this name");
  }
  added_.push_back(std::move(kept));
}

std::vector<Tensor> LoadedFunctions::call(const std::string& name, std::span<const Tensor> arguments,
                                          const Assign& assign) const {
  return Run(*this, assign).call(name, {arguments.begin(), arguments.end()}, 0);
}

Tensor LoadedFunctions::constant(const std::string& name) const {
  for (const auto& node : graph_.nodes) {
    if (node.name != name || node.op != "Const") continue;
    const auto& value = node.attrs.tensor("value");
    if (value.defined()) return value;
  }
  throw ValueError(file_ + ": there is no constant '" + name + "' in the graph");
}

}  // namespace hornbeam::graph
