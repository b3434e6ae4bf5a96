#include "track/open.h"

#include <filesystem>

#include "hornbeam/errors.hpp"
#include "track/object_walk.h"

namespace hornbeam::track {

namespace tb = formats::tensor_bundle;

std::shared_ptr<const tb::Bundle> open_bundle(const std::string& prefix) {
  std::error_code ignored;
  if (!std::filesystem::exists(tb::index_path(prefix), ignored)) {
    throw OSError("Unsuccessful TensorSliceReader constructor: Failed to find any matching files for " + prefix +
                  "\nPlease double-check that the path is correct. You may be missing the checkpoint suffix (e.g. the "
                  "'-1' in 'path/to/ckpt-1').");
  }
  return tb::Bundle::open(prefix);
}

namespace {

// What an object graph would say of the variables that have their names as keys.
tb::ObjectGraph graph_by_names(const tb::Bundle& bundle, const Trackable::Ptr& root,
                               const std::vector<Trackable::Edge>& attached) {
  tb::ObjectGraph graph;
  const auto objects = walk(root, Target::tf215, {}, attached);
  for (const auto& object : objects) {
    auto& node = graph.nodes.emplace_back(graph_node(object));
    const auto variable = object.variable();
    if (variable && bundle.has(variable->path())) {
      node.attributes.push_back({std::string(tb::kVariableValue), variable->path(), variable->path()});
    }
  }
  return graph;
}

}  // namespace

std::shared_ptr<Restoration> restore(const std::shared_ptr<const tb::Bundle>& bundle, const Trackable::Ptr& root,
                                     bool map, const std::vector<Trackable::Edge>& attached) {
  auto graph = bundle->has(tb::kObjectGraphKey)
                   ? tb::parse_object_graph(bundle->read_string(tb::kObjectGraphKey), bundle->file_name())
                   : graph_by_names(*bundle, root, attached);
  const auto restoration = std::make_shared<Restoration>(bundle, std::move(graph), map);
  restoration->restore(root, attached);
  return restoration;
}

}  // namespace hornbeam::track
