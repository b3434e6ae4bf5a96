#include "keras/saving/restored_objects.h"

#include <algorithm>
#include <utility>

#include "hornbeam/errors.hpp"
#include "ops/text/lookup_table.h"
#include "tensor/recorder.h"
#include "tensor/resource.h"

namespace hornbeam {
namespace {

using formats::saved_model::StructuredValue;
using SavedKind = StructuredValue::Kind;

// Tensors in the structure of a function's results.
Values packed_results(const StructuredValue& spec, std::span<const Tensor> tensors, std::size_t& next) {
  switch (spec.kind) {
    case SavedKind::tensor:
    case SavedKind::other:
      if (next >= tensors.size()) throw ValueError("a function gives fewer tensors than it says");
      return tensors[next++];
    case SavedKind::list:
    case SavedKind::tuple:
    case SavedKind::named_tuple: {
      Values::List list;
      for (const auto& [name, item] : spec.items) list.push_back(packed_results(item, tensors, next));
      return Values(std::move(list));
    }
    case SavedKind::dict: {
      std::map<std::string, const StructuredValue*> sorted;  // tensors are in the order of the keys
      for (const auto& [name, item] : spec.items) sorted.emplace(name, &item);
      Values::Dict dict;
      for (const auto& [name, item] : sorted) dict.emplace(name, packed_results(*item, tensors, next));
      return Values(std::move(dict));
    }
    default:
      return {};
  }
}

}  // namespace

RestoredObjects::RestoredObjects(std::shared_ptr<const formats::saved_model::SavedModel> file, bool map)
    : file_(std::move(file)), values_(file_), functions_(file_->read_graph(), file_->file_name()), map_(map) {
  std::set<std::string> assets;
  for (const auto& node : objects().nodes) {
    const auto* asset = std::get_if<formats::saved_model::AssetObject>(&node.what);
    // One that is not there, or leads elsewhere, is told when it is used.
    if (!asset) continue;
    try {
      assets.insert(file_->asset_path(static_cast<std::size_t>(asset->file)));
    } catch (const Error&) {
    }
  }
  functions_.allow_files(std::move(assets));
}

const std::map<std::int32_t, std::string>& RestoredObjects::metric_metadata() const {
  std::call_once(metrics_read_, [&] {
    for (auto& node : file_->read_keras_nodes()) {
      if (node.identifier == "_tf_keras_metric") metric_metadata_.emplace(node.node, std::move(node.metadata));
    }
  });
  return metric_metadata_;
}

Variable RestoredObjects::variable(std::int32_t node) const {
  const std::lock_guard lock(mutex_);
  auto& slot = variables_[node];
  if (!slot) {
    const auto* saved = objects().node(node).variable();
    if (!saved) {
      throw FormatError(file_->file_name(), "object graph, node " + std::to_string(node), "a variable",
                        "another object");
    }
    slot = std::make_shared<VariableNode>(saved->name, values_.read(node, map_), saved->trainable);
  }
  return slot;
}

bool RestoredObjects::adopt(std::int32_t node, const Variable& variable) const {
  const std::lock_guard lock(mutex_);
  if (!variables_.emplace(node, variable).second) return false;
  variable->assign(values_.read(node, false));
  return true;
}

std::vector<Variable> RestoredObjects::variables(std::int32_t list) const {
  std::vector<Variable> result;
  for (const auto node : objects().list(list)) {
    if (objects().node(node).variable()) result.push_back(variable(node));
  }
  return result;
}

Tensor RestoredObjects::captured(std::int32_t node) const {
  const auto& object = objects().node(node);
  if (object.variable()) return resource_tensor(variable(node));
  if (const auto* constant = std::get_if<formats::saved_model::ConstantObject>(&object.what)) {
    return functions_.constant(constant->operation);
  }
  if (std::holds_alternative<formats::saved_model::ResourceObject>(object.what)) return resource_tensor(resource(node));
  if (const auto* asset = std::get_if<formats::saved_model::AssetObject>(&object.what)) {
    return Tensor::scalar(file_->asset_path(static_cast<std::size_t>(asset->file)));
  }
  throw NotImplementedError("not yet supported: a function that uses another resource than a table (" +
                            file_->file_name() + ", node " + std::to_string(node) + ")");
}

std::vector<Tensor> RestoredObjects::call_of_resource(std::int32_t node, const char* function) const {
  const auto found = objects().child(node, function);
  if (!found) return {};
  const auto& object = objects().node(*found);
  std::string name;
  if (object.function() && !object.function()->concrete_functions.empty()) {
    name = object.function()->concrete_functions[0];
  } else if (object.bare_function()) {
    name = object.bare_function()->concrete_function;
  }
  const auto it = objects().concrete_functions.find(name);
  if (it == objects().concrete_functions.end()) return {};
  return results_of(name, it->second, {}, {});
}

Variable RestoredObjects::resource(std::int32_t node) const {
  const std::lock_guard lock(resources_mutex_);
  if (const auto it = resources_.find(node); it != resources_.end()) {
    if (it->second) return it->second;
    throw ValueError("a table that is made of itself (" + file_->file_name() + ", node " + std::to_string(node) + ")");
  }
  const RecorderScope now(nullptr);  // tables are values, also when a trace asks for them
  const ObserverPause unseen;
  resources_[node] = nullptr;  // while it is made
  try {
    const auto made = call_of_resource(node, "_create_resource");
    if (made.empty() || made[0].dtype() != DType::resource) {
      throw NotImplementedError("not yet supported: a resource that is no table (" + file_->file_name() + ", node " +
                                std::to_string(node) + ")");
    }
    const auto table = table_of(made[0]);
    resources_[node] = table;
    call_of_resource(node, "_initialize");
    if (const auto saved = values_.table(node)) table->import(saved->first, saved->second);
    return table;
  } catch (...) {
    resources_.erase(node);
    throw;
  }
}

std::vector<Tensor> RestoredObjects::results_of(const std::string& name, const Concrete& concrete,
                                                std::vector<Tensor> tensors, const Assign& assign) const {
  for (const auto node : concrete.bound_inputs) tensors.push_back(captured(node));
  const AutocastScope as_they_are(DType::invalid, nullptr);  // graphs have their own casts
  return functions_.call(name, tensors, assign);
}

std::shared_ptr<const graph::Executable> RestoredObjects::compiled(const std::string& name, const Concrete& concrete,
                                                                   const std::vector<Tensor>& tensors) const {
  const bool values = std::ranges::all_of(tensors, [](const Tensor& t) { return t.is_concrete(); });
  if (!values || current_recorder() || !observers().empty()) return nullptr;
  std::vector<TensorSpec> specs;
  for (const auto* spec : concrete.inputs.tensors()) specs.push_back({spec->dtype, spec->shape});
  if (specs.size() != tensors.size()) return nullptr;
  for (std::size_t i = 0; i < specs.size(); ++i) {
    if (tensors[i].dtype() != specs[i].dtype || !tensors[i].shape().is_compatible_with(specs[i].shape)) return nullptr;
  }
  const std::lock_guard lock(compiling_);
  auto& made = compiled_[name];
  // Compiling costs more than a call.
  if (std::exchange(made.called, true) && !std::exchange(made.tried, true)) {
    try {
      made.executable =
          std::make_shared<const graph::Executable>(graph::trace(name, specs, [&](std::span<const Tensor> arguments) {
            return results_of(name, concrete, {arguments.begin(), arguments.end()}, {});
          }));
    } catch (const Error&) {
      // What needs more than shapes that were saved goes on op by op.
    }
  }
  return made.executable;
}

Values RestoredObjects::call_concrete(const std::string& name, const std::vector<Tensor>& tensors,
                                      const Assign& assign) const {
  const auto it = objects().concrete_functions.find(name);
  if (it == objects().concrete_functions.end()) {
    throw ValueError(file_->file_name() + ": concrete function '" + name + "' is not in the object graph");
  }
  const auto executable = assign ? nullptr : compiled(name, it->second, tensors);
  const auto results = executable ? executable->run(tensors) : results_of(name, it->second, tensors, assign);
  std::size_t next = 0;
  return packed_results(it->second.outputs, results, next);
}

}  // namespace hornbeam
