#include "formats/tensor_bundle/object_graph.h"

#include "base/utf8.h"
#include "formats/tensor_bundle/wire.h"
#include "hornbeam/errors.hpp"
#include "hornbeam_proto/trackable_object_graph.pb.h"

namespace hornbeam::formats::tensor_bundle {
namespace {

using Object = proto::TrackableObjectGraph::TrackableObject;
constexpr std::uint64_t kMostGraphBytes = std::uint64_t{1} << 30;

class GraphReader {
 public:
  GraphReader(std::string_view bytes, const std::string& file, std::uint64_t most_items)
      : bytes_(bytes), file_(file), left_(most_items), most_(most_items) {}

  ObjectGraph read() {
    if (bytes_.size() > kMostGraphBytes)
      fail("at most " + std::to_string(kMostGraphBytes) + " bytes", std::to_string(bytes_.size()));
    // Empty messages take two bytes in the file and a hundred in memory: they are counted before they are parsed.
    const bool parses = each_field(bytes_, [&](std::uint64_t, std::string_view node) {
      spend();
      if (!each_field(node, [&](std::uint64_t, std::string_view) { spend(); })) fail_to_parse();
    });
    if (!parses) fail_to_parse();
    proto::TrackableObjectGraph graph;
    if (!graph.ParseFromArray(bytes_.data(), static_cast<int>(bytes_.size()))) fail_to_parse();
    if (graph.nodes_size() == 0) fail("a root node", "no nodes");
    count_ = graph.nodes_size();
    ObjectGraph result;
    result.nodes.reserve(static_cast<std::size_t>(count_));
    for (auto& object : *graph.mutable_nodes()) {
      result.nodes.push_back(node(object));
      object.Clear();
    }
    return result;
  }

 private:
  [[noreturn]] void fail(std::string expected, std::string found) const {
    throw FormatError(file_, "object graph", std::move(expected), std::move(found));
  }
  [[noreturn]] void fail_to_parse() const { fail("a TrackableObjectGraph", "bytes that do not parse"); }

  void spend() {
    if (left_-- == 0) fail("at most " + std::to_string(most_) + " nodes, children, attributes and slots", "more");
  }

  std::int32_t known(std::int32_t node) const {
    if (node < 0 || node >= count_) {
      fail("one of " + std::to_string(count_) + " nodes", "node " + std::to_string(node));
    }
    return node;
  }

  std::string text(std::string* value) const {
    if (!base::is_utf8(*value)) fail("names in UTF-8", "other bytes");
    return std::move(*value);
  }

  ObjectGraph::Node node(Object& object) const {
    ObjectGraph::Node result;
    result.children.reserve(static_cast<std::size_t>(object.children_size()));
    for (auto& child : *object.mutable_children()) {
      result.children.push_back({known(child.node_id()), text(child.mutable_local_name())});
    }
    for (auto& a : *object.mutable_attributes()) {
      result.attributes.push_back({text(a.mutable_name()), text(a.mutable_full_name()),
                                   text(a.mutable_checkpoint_key()), a.optional_restore()});
    }
    for (auto& slot : *object.mutable_slot_variables()) {
      result.slots.push_back({known(slot.original_variable_node_id()), text(slot.mutable_slot_name()),
                              known(slot.slot_variable_node_id())});
    }
    if (object.has_registered_saver()) {
      auto& saver = *object.mutable_registered_saver();
      result.registered_saver = {text(saver.mutable_name()), text(saver.mutable_object_name())};
    }
    if (object.has_has_checkpoint_values()) result.has_checkpoint_values = object.has_checkpoint_values().value();
    return result;
  }

  std::string_view bytes_;
  const std::string& file_;
  std::uint64_t left_, most_;
  std::int32_t count_ = 0;
};

void fill(Object& object, const ObjectGraph::Node& node) {
  for (const auto& [id, name] : node.children) {
    auto& child = *object.add_children();
    child.set_node_id(id);
    child.set_local_name(name);
  }
  for (const auto& [name, full_name, key, optional_restore] : node.attributes) {
    auto& attribute = *object.add_attributes();
    attribute.set_name(name);
    attribute.set_full_name(full_name);
    attribute.set_checkpoint_key(key);
    attribute.set_optional_restore(optional_restore);
  }
  for (const auto& [variable, name, slot_variable] : node.slots) {
    auto& slot = *object.add_slot_variables();
    slot.set_original_variable_node_id(variable);
    slot.set_slot_name(name);
    slot.set_slot_variable_node_id(slot_variable);
  }
  if (node.registered_saver) {
    auto& saver = *object.mutable_registered_saver();
    saver.set_name(node.registered_saver->name);
    saver.set_object_name(node.registered_saver->object_name);
  }
  if (node.has_checkpoint_values) object.mutable_has_checkpoint_values()->set_value(*node.has_checkpoint_values);
}

}  // namespace

ObjectGraph parse_object_graph(std::string_view bytes, const std::string& file, std::uint64_t most_items) {
  return GraphReader(bytes, file, most_items).read();
}

std::string serialize(const ObjectGraph& graph) {
  proto::TrackableObjectGraph proto;
  for (const auto& node : graph.nodes) fill(*proto.add_nodes(), node);
  return proto.SerializeAsString();
}

// Backwards from those that have them.
std::vector<char> nodes_with_values(const ObjectGraph& graph) {
  std::vector<char> has(graph.nodes.size());
  std::vector<std::vector<std::size_t>> parents(graph.nodes.size());
  std::vector<std::size_t> open;
  for (std::size_t at = 0; at < graph.nodes.size(); ++at) {
    const auto& node = graph.nodes[at];
    for (const auto& child : node.children) parents[static_cast<std::size_t>(child.node)].push_back(at);
    if (node.attributes.empty() && node.slots.empty()) continue;
    has[at] = 1;
    open.push_back(at);
  }
  while (!open.empty()) {
    const auto at = open.back();
    open.pop_back();
    for (const auto parent : parents[at]) {
      if (has[parent] == 0) open.push_back(parent);
      has[parent] = 1;
    }
  }
  return has;
}

}  // namespace hornbeam::formats::tensor_bundle
