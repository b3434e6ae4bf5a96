#include "track/write.h"

#include "formats/tensor_bundle/object_graph.h"
#include "formats/tensor_bundle/writer.h"
#include "ops/text/lookup_table.h"

namespace hornbeam::track {
namespace {

namespace tb = formats::tensor_bundle;

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
  if (options.target == Target::tf22) return graph;
  const auto noted = tb::nodes_with_values(graph);  // as 2.15 notes them
  for (std::size_t at = 0; at < graph.nodes.size(); ++at) graph.nodes[at].has_checkpoint_values = noted[at] != 0;
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
