#include "formats/tensor_bundle/object_graph.h"

#include "base/utf8.h"
#include "formats/tensor_bundle/bytes.h"
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
    each_field(bytes_, [&](std::string_view node) {
      spend();
      each_field(node, [&](std::string_view) { spend(); });
    });
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

  // Calls `visit` with what each length-delimited field of a message holds.
  template <class F>
  void each_field(std::string_view message, const F& visit) const {
    auto rest = as_raw(message);
    while (!rest.empty()) {
      const auto tag = take_varint(rest);
      if (!tag) fail_to_parse();
      std::uint64_t skip = 0;
      switch (*tag & 7) {
        case 0:
          if (!take_varint(rest)) fail_to_parse();
          continue;
        case 1:
          skip = 8;
          break;
        case 5:
          skip = 4;
          break;
        case 2: {
          const auto size = take_varint(rest);
          if (!size || *size > rest.size()) fail_to_parse();
          visit(as_text(rest.first(*size)));
          skip = *size;
          break;
        }
        default:
          fail_to_parse();
      }
      if (skip > rest.size()) fail_to_parse();
      rest = rest.subspan(skip);
    }
  }

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

}  // namespace hornbeam::formats::tensor_bundle
