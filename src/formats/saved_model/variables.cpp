#include "formats/saved_model/variables.h"

#include <deque>
#include <unordered_map>

#include "hornbeam/errors.hpp"

namespace hornbeam::formats::saved_model {
namespace {

constexpr std::int32_t kNone = -1;

}  // namespace

Variables::Variables(std::shared_ptr<const SavedModel> model)
    : model_(std::move(model)), bundle_(tensor_bundle::Bundle::open(model_->variables_prefix())) {
  keys_.resize(model_->objects().nodes.size());
  if (!bundle_->has(tensor_bundle::kObjectGraphKey)) {
    throw FormatError(bundle_->file_name(), std::string(tensor_bundle::kObjectGraphKey), "the graph of saved objects",
                      "none");
  }
  pair_objects(
      tensor_bundle::parse_object_graph(bundle_->read_string(tensor_bundle::kObjectGraphKey), bundle_->file_name()));
}

void Variables::pair_objects(const tensor_bundle::ObjectGraph& graph) {
  const auto& objects = model_->objects().nodes;
  if (objects.empty()) return;
  std::vector<std::int32_t> counterpart(objects.size(), kNone);
  std::deque<std::int32_t> open{0};
  counterpart[0] = 0;
  const auto node_of = [&](std::int32_t object) -> const tensor_bundle::ObjectGraph::Node* {
    const auto id = counterpart[static_cast<std::size_t>(object)];
    return id == kNone ? nullptr : &graph.nodes[static_cast<std::size_t>(id)];
  };
  const auto meet = [&](std::int32_t object, std::int32_t node) {
    auto& known = counterpart[static_cast<std::size_t>(object)];
    if (known != kNone) return;
    known = node;
    open.push_back(object);
  };
  while (!open.empty()) {
    const auto at = open.front();
    open.pop_front();
    const auto& node = *node_of(at);
    std::unordered_map<std::string_view, std::int32_t> children;
    for (const auto& child : node.children) children.emplace(child.name, child.node);
    for (const auto& child : objects[static_cast<std::size_t>(at)].children) {
      if (const auto it = children.find(child.name); it != children.end()) meet(child.node, it->second);
    }
  }
  for (std::size_t i = 0; i < objects.size(); ++i) {
    const auto* optimizer = node_of(static_cast<std::int32_t>(i));
    if (!optimizer || objects[i].slots.empty()) continue;
    std::unordered_map<std::string, std::int32_t> slots;  // "3/m"
    for (const auto& slot : optimizer->slots) {
      slots.emplace(std::to_string(slot.variable) + "/" + slot.name, slot.slot_variable);
    }
    for (const auto& slot : objects[i].slots) {
      const auto variable = counterpart[static_cast<std::size_t>(slot.variable)];
      const auto it = slots.find(std::to_string(variable) + "/" + slot.name);
      if (variable != kNone && it != slots.end()) meet(slot.slot_variable, it->second);
    }
  }
  for (std::size_t i = 0; i < objects.size(); ++i) {
    const bool table = std::holds_alternative<ResourceObject>(objects[i].what);
    const auto* node = objects[i].variable() || table ? node_of(static_cast<std::int32_t>(i)) : nullptr;
    if (!node) continue;
    for (const auto& attribute : node->attributes) {
      if (attribute.name == (table ? tensor_bundle::kTableValue : tensor_bundle::kVariableValue)) {
        keys_[i] = attribute.key;
      }
    }
  }
}

std::optional<std::string> Variables::key(std::int32_t node) const {
  const auto& key = keys_.at(static_cast<std::size_t>(node));
  return key.empty() || !bundle_->has(key) ? std::nullopt : std::optional(key);
}

std::optional<std::pair<Tensor, Tensor>> Variables::table(std::int32_t node) const {
  const auto& key = keys_.at(static_cast<std::size_t>(node));
  if (key.empty() || !std::holds_alternative<ResourceObject>(model_->objects().node(node).what)) return std::nullopt;
  const auto keys = key + "-keys", values = key + "-values";
  if (!bundle_->has(keys) || !bundle_->has(values)) return std::nullopt;
  return std::pair(bundle_->read(keys), bundle_->read(values));
}

Tensor Variables::read(std::int32_t node, bool map) const {
  const auto* variable = model_->objects().node(node).variable();
  const auto name = key(node);
  if (!variable || !name) {
    throw KeyError("node " + std::to_string(node) + " of " + model_->file_name() + " has no value in " +
                   bundle_->file_name());
  }
  const auto& entry = bundle_->entry(*name);
  if (entry.type != variable->type) {
    throw FormatError(bundle_->file_name(), *name, "dtype " + std::string(name_of(variable->dtype)),
                      "dtype " + entry.type_name());
  }
  if (!entry.shape.is_compatible_with(variable->shape)) {
    throw FormatError(bundle_->file_name(), *name, "shape " + variable->shape.to_string(),
                      "shape " + entry.shape.to_string());
  }
  return map ? bundle_->map(*name) : bundle_->read(*name);
}

}  // namespace hornbeam::formats::saved_model
