#include "track/write.h"

#include "formats/tensor_bundle/object_graph.h"
#include "formats/tensor_bundle/writer.h"
#include "ops/text/lookup_table.h"

namespace hornbeam::track {
namespace {

namespace tb = formats::tensor_bundle;

// Nodes that have values or lead to such, as 2.15 notes them.
void note_values(tb::ObjectGraph& graph) {
  std::vector<char> has(graph.nodes.size());
  std::vector<std::vector<std::size_t>> parents(graph.nodes.size());
  std::vector<std::size_t> open;
  for (std::size_t at = 0; at < graph.nodes.size(); ++at) {
    for (const auto& child : graph.nodes[at].children) parents[static_cast<std::size_t>(child.node)].push_back(at);
    if (graph.nodes[at].attributes.empty() && graph.nodes[at].slots.empty()) continue;
    has[at] = true;
    open.push_back(at);
  }
  while (!open.empty()) {
    const auto at = open.back();
    open.pop_back();
    for (const auto parent : parents[at]) {
      if (!has[parent]) open.push_back(parent);
      has[parent] = true;
    }
  }
  for (std::size_t at = 0; at < graph.nodes.size(); ++at) graph.nodes[at].has_checkpoint_values = has[at] != 0;
}

tb::ObjectGraph graph_of(const std::vector<WalkedObject>& objects, const WriteOptions& options) {
  tb::ObjectGraph graph;
  for (const auto& object : objects) {
    auto& node = graph.nodes.emplace_back(graph_node(object));
    if (const auto variable = object.variable()) {
      node.attributes.push_back({std::string(tb::kVariableValue), variable->path(), tb::value_key(object.path)});
    }
    if (const auto table = object.table(); table && table->is_kept(options.target)) {
      node.attributes.push_back({std::string(tb::kTableValue), "", tb::table_key(object.path)});
    }
  }
  if (options.root_edge) graph.nodes[0].children.push_back({0, "root"});
  if (options.target != Target::tf22) note_values(graph);
  return graph;
}

}  // namespace

std::vector<std::string> write_checkpoint(const std::string& prefix, const Trackable::Ptr& root,
                                          const WriteOptions& options) {
  const auto objects = walk(root, options.target, options.stand_in, options.attached);
  tb::Writer writer(prefix);
  std::vector<std::string> keys;
  for (const auto& object : objects) {
    if (const auto table = object.table(); table && table->is_kept(options.target)) {
      const auto key = tb::table_key(object.path);
      keys.insert(keys.end(), {key + "-keys", key + "-values"});
      writer.add(key + "-keys", table->contents().keys());
      writer.add(key + "-values", table->contents().values());
    }
    const auto variable = object.variable();
    if (!variable) continue;
    keys.push_back(tb::value_key(object.path));
    writer.add(keys.back(), options.value ? options.value(*variable) : variable->value());
  }
  auto graph = Tensor::empty(DType::string, {});
  graph.mutable_data<std::string>()[0] = serialize(graph_of(objects, options));
  writer.add(std::string(tb::kObjectGraphKey), graph);
  writer.commit();
  return keys;
}

}  // namespace hornbeam::track
