// CheckpointStatus: what a restore did and left out.
#include <set>
#include <unordered_set>

#include "hornbeam/checkpoint.hpp"
#include "hornbeam/errors.hpp"
#include "track/object_walk.h"
#include "track/restoration.h"

namespace hornbeam::train {
namespace {

using Graph = formats::tensor_bundle::ObjectGraph;

std::string text_of(const Variable& variable) {
  return "<tf.Variable '" + variable->name() + "' shape=" + variable->shape().to_string() +
         " dtype=" + std::string(name_of(variable->dtype())) + ">";
}

std::string list_of(const std::vector<Variable>& variables) {
  std::string text;
  for (const auto& variable : variables) text += (text.empty() ? "" : ", ") + text_of(variable);
  return "[" + text + "]";
}

// The node as protobuf prints it.
std::string text_of(const Graph::Node& node) {
  std::string text;
  for (const auto& [name, full_name, key, optional] : node.attributes) {
    text += "attributes {\n  name: \"" + name + "\"\n  full_name: \"" + full_name + "\"\n  checkpoint_key: \"" + key +
            "\"\n}\n";
  }
  if (node.has_checkpoint_values.value_or(false)) text += "has_checkpoint_values {\n  value: true\n}\n";
  return text;
}

}  // namespace

CheckpointStatus::CheckpointStatus(std::shared_ptr<track::Restoration> restoration)
    : restoration_(std::move(restoration)) {}

void CheckpointStatus::need_restoration() const {
  if (restoration_) return;
  throw AttributeError(
      "'NoneType' object has no attribute 'assert_consumed': weights of an HDF5 file come with no status");
}

// Variables that are reached from the root and that no node of the checkpoint stands for.
std::vector<Variable> CheckpointStatus::missing() const {
  if (!restoration_) return {};
  const auto root = restoration_->root();
  if (!root) return {};
  std::unordered_set<const Trackable*> bound;
  for (std::size_t at = 0; at < restoration_->graph().nodes.size(); ++at) {
    if (restoration_->graph().nodes[at].attributes.empty()) continue;
    if (const auto object = restoration_->object(at)) bound.insert(object.get());
  }
  std::vector<Variable> missing;
  for (const auto& object : track::walk(root, restoration_->target(), {}, restoration_->attached())) {
    const auto variable = object.variable();
    if (variable && !bound.contains(variable.get())) missing.push_back(variable);
  }
  return missing;
}

const CheckpointStatus& CheckpointStatus::assert_existing_objects_matched() const {
  need_restoration();
  const auto without = missing();
  if (without.empty()) return *this;
  throw AssertionError(
      "Some Python objects were not bound to checkpointed values, likely due to changes in the "
      "Python program: " +
      list_of(without));
}

const CheckpointStatus& CheckpointStatus::assert_consumed() const {
  assert_existing_objects_matched();
  const auto& graph = restoration_->graph();
  for (std::size_t at = 0; at < graph.nodes.size(); ++at) {
    if (graph.nodes[at].attributes.empty() || restoration_->was_bound(at)) continue;
    throw AssertionError("Unresolved object in checkpoint " + restoration_->path_of(at) + ": " +
                         text_of(graph.nodes[at]));
  }
  if (const auto slot = restoration_->waiting_slot()) {
    throw AssertionError("Unresolved slot restorations: " + restoration_->path_of(*slot));
  }
  if (!restoration_->unused_attributes().empty()) {
    const auto& [node, name] = *restoration_->unused_attributes().begin();
    throw AssertionError("Unused attributes in object " + restoration_->path_of(node) + ": ['" + name + "']");
  }
  return *this;
}

const CheckpointStatus& CheckpointStatus::assert_nontrivial_match() const {
  need_restoration();
  for (std::size_t at = 1; at < restoration_->graph().nodes.size(); ++at) {
    if (restoration_->was_bound(at)) return *this;
  }
  const auto without = missing();
  throw AssertionError(
      "Nothing except the root object matched a checkpointed value. Typically this means that the checkpoint does not "
      "match the Python program. The following objects have no matching checkpointed value: " +
      list_of(without));
}

std::vector<std::string> CheckpointStatus::restored() const {
  if (!restoration_) return {};
  return restoration_->restored();
}

std::vector<std::string> CheckpointStatus::unused() const {
  if (!restoration_) return {};
  const auto& restored = restoration_->restored();
  const std::set<std::string> taken(restored.begin(), restored.end());
  std::vector<std::string> keys;
  for (const auto& node : restoration_->graph().nodes) {
    for (const auto& attribute : node.attributes) {
      if (!taken.contains(attribute.key)) keys.push_back(attribute.key);
    }
  }
  const auto others = restoration_->keys_without_objects();
  keys.insert(keys.end(), others.begin(), others.end());
  return keys;
}

std::vector<std::string> CheckpointStatus::unmatched() const {
  std::vector<std::string> names;
  for (const auto& variable : missing()) names.push_back(variable->name());
  return names;
}

}  // namespace hornbeam::train
