#include "keras/saving/session_state.h"

#include <algorithm>
#include <utility>

#include "graph/function.h"
#include "graph/replay/empty_variable.h"
#include "hornbeam/errors.hpp"
#include "ops/text/lookup_table.h"
#include "tensor/recorder.h"
#include "tensor/resource.h"

namespace hornbeam {
namespace {

using formats::saved_model::NodeDef;

bool is_table(const NodeDef& node) { return node.op.find("HashTable") != node.op.npos; }

std::string text_attr(const NodeDef& node, const char* name) {
  const auto* value = node.attrs.find(name);
  const auto* text = value ? std::get_if<std::string>(value) : nullptr;
  return text ? *text : "";
}

// Nodes that share a name are one resource, as they are to TensorFlow.
std::string slot_key(const NodeDef& node) {
  const auto shared = text_attr(node, "shared_name");
  return std::string(is_table(node) ? "table" : "variable") + '\0' + text_attr(node, "container") + '\0' +
         (shared.empty() ? node.name : shared);
}

}  // namespace

SessionState::SessionState(formats::saved_model::GraphDef graph, const std::string& file,
                           std::set<std::string> trainable)
    : functions_(std::move(graph), file),
      graph_(functions_.main_nodes(), file),
      file_(file),
      trainable_(std::move(trainable)) {}

Variable SessionState::slot(const Node& node) const {
  const std::lock_guard lock(mutex_);
  auto& slot = slots_[slot_key(node)];
  if (slot) return slot;
  if (is_table(node)) {
    slot = std::make_shared<LookupTable>(node.name, node.attrs.type("key_dtype"), node.attrs.type("value_dtype"),
                                         !node.op.starts_with("Mutable"));
  } else {
    slot = std::make_shared<graph::EmptyVariable>(node.name);
    empty_.emplace(slot.get(), Empty{&node, slot});
  }
  return slot;
}

void SessionState::assign(const Variable& variable, const Tensor& value) {
  const std::lock_guard lock(mutex_);
  const auto it = empty_.find(variable.get());
  if (it == empty_.end()) return variable->assign(value);
  const auto& node = *it->second.node;
  const auto* shape = node.attrs.find("shape");
  const auto* fits = shape ? std::get_if<Shape>(shape) : nullptr;
  if (value.dtype() != node.attrs.type("dtype") || (fits && !value.shape().is_compatible_with(*fits))) {
    throw ValueError(file_ + ": variable '" + node.name + "' is " + std::string(name_of(node.attrs.type("dtype"))) +
                     (fits ? " " + fits->to_string() : "") + ", and gets a value that is " +
                     std::string(name_of(value.dtype())) + " " + value.shape().to_string());
  }
  slots_[slot_key(node)] = std::make_shared<VariableNode>(node.name, value, trainable_.contains(node.name));
}

Variable SessionState::variable(const std::string& name) const {
  const auto& node = graph_.node(name);
  if (!graph::MainGraph::is_resource(node) || is_table(node)) return nullptr;
  const auto found = slot(node);
  return dynamic_cast<const graph::EmptyVariable*>(found.get()) ? nullptr : found;
}

bool SessionState::give(const std::string& name, const Tensor& value) {
  const auto& node = graph_.node(name);
  if (!graph::MainGraph::is_resource(node) || is_table(node) || variable(name)) return false;
  assign(slot(node), value);
  return true;
}

SessionState::Made& SessionState::made(const SessionPart& part) {
  const std::lock_guard lock(mutex_);
  if (const auto it = parts_.find(part.name); it != parts_.end()) return it->second;
  auto pruned = graph_.prune(part.name, part.feeds, part.tensors, part.operations);
  functions_.add(std::move(pruned.function));
  return parts_.emplace(part.name, Made{part.name, std::move(pruned.resources)}).first->second;
}

std::vector<Tensor> SessionState::replay(const Made& made, std::vector<Tensor> tensors) {
  bool empty = false;
  for (const auto* node : made.resources) {
    auto variable = slot(*node);
    empty = empty || dynamic_cast<const graph::EmptyVariable*>(variable.get());
    tensors.push_back(resource_tensor(std::move(variable)));
  }
  const AutocastScope as_they_are(DType::invalid, nullptr);  // graphs have their own casts
  // What has no value yet gets it here; the call itself sees it by what it was given.
  const auto first = [this](const Variable& variable, const Tensor& value) { assign(variable, value); };
  return functions_.call(made.function, tensors, empty ? graph::LoadedFunctions::Assign(first) : nullptr);
}

std::shared_ptr<const graph::Executable> SessionState::compiled(Made& made, const SessionPart& part,
                                                                const std::vector<Tensor>& tensors) {
  const bool values = std::ranges::all_of(tensors, [](const Tensor& t) { return t.is_concrete(); });
  if (!values || current_recorder() || !observers().empty()) return nullptr;
  if (part.specs.size() != tensors.size()) return nullptr;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    if (!tensors[i].shape().is_compatible_with(part.specs[i].shape)) return nullptr;
  }
  const std::lock_guard lock(compiling_);
  // Compiling costs more than a call, and what had no value is another variable from its first one on.
  if (!std::exchange(made.called, true) || made.tried) return made.executable;
  for (const auto* node : made.resources) {
    if (dynamic_cast<const graph::EmptyVariable*>(slot(*node).get())) return nullptr;
  }
  made.tried = true;
  try {
    made.executable =
        std::make_shared<const graph::Executable>(graph::trace(part.name, part.specs, [&](std::span<const Tensor> fed) {
          return replay(made, {fed.begin(), fed.end()});
        }));
  } catch (const Error&) {
    // What needs more than shapes that were saved goes on op by op.
  }
  return made.executable;
}

std::vector<Tensor> SessionState::run(const SessionPart& part, std::vector<Tensor> fed) {
  auto& ready = made(part);
  const auto executable = compiled(ready, part, fed);
  return executable ? executable->run(fed) : replay(ready, std::move(fed));
}

}  // namespace hornbeam
