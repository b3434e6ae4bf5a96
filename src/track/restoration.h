// Brings a checkpoint's values into objects: at once into those that are there, into others when they come to be.
//
// Objects are found from the root by the names of the checkpoint's graph. Where the graph has a child with values that
// the object has not (yet), the object is watched; when it gets the child, the values follow. Thread-safety: one thread
// at a time, as for the objects.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "formats/tensor_bundle/bundle.h"
#include "formats/tensor_bundle/object_graph.h"
#include "hornbeam/target.hpp"
#include "hornbeam/trackable.hpp"
#include "hornbeam/variable.hpp"

namespace hornbeam::track {

// Whose names a checkpoint's graph uses.
Target target_of(const formats::tensor_bundle::ObjectGraph& graph);

class Restoration : public std::enable_shared_from_this<Restoration> {
 public:
  using Bundle = formats::tensor_bundle::Bundle;
  using Graph = formats::tensor_bundle::ObjectGraph;
  // `map`: values stay mapped from the file until they are assigned to.
  Restoration(std::shared_ptr<const Bundle> bundle, Graph graph, bool map);

  // The root's values and those of all that is reached from it; `attached` are children that the root has beside its
  // own, for this restoration. Throws ValueError when a shape or dtype differs, and what reading throws; then nothing
  // was assigned.
  void restore(const Trackable::Ptr& root, const std::vector<Trackable::Edge>& attached = {});

  const Graph& graph() const { return graph_; }
  const std::string& file_name() const { return bundle_->file_name(); }
  Target target() const { return target_; }
  std::uint64_t number() const { return number_; }
  // ---- what came of it, so far ----
  Trackable::Ptr object(std::size_t node) const { return bound_[node].lock(); }
  // Was an object found for the node? (Lists are made for each look and are gone by now.)
  bool was_bound(std::size_t node) const { return was_bound_[node]; }
  // Attributes of nodes whose objects have no such value: the node and the attribute's name.
  const std::set<std::pair<std::size_t, std::string>>& unused_attributes() const { return unused_attributes_; }
  // A slot of the checkpoint that is still waiting for its optimizer or its variable: the node.
  std::optional<std::size_t> waiting_slot() const;
  // "model.optimizer.iter": the names that lead to the node, of the slot for slot variables.
  std::string path_of(std::size_t node) const;
  Trackable::Ptr root() const { return root_.lock(); }
  // Those that are there still.
  std::vector<Trackable::Edge> attached() const;
  const std::vector<std::string>& restored() const { return restored_; }  // keys, in the order of assignment
  std::vector<std::string> keys_without_objects() const;                  // that the file has beside its graph's

 private:
  class Pass;
  struct Pending;
  bool has_values(std::size_t node) const { return has_values_[node]; }

  std::shared_ptr<const Bundle> bundle_;
  Graph graph_;
  bool map_;
  Target target_;
  std::uint64_t number_;
  std::weak_ptr<Trackable> root_;
  std::vector<std::pair<std::string, std::weak_ptr<Trackable>>> attached_;
  std::vector<std::weak_ptr<Trackable>> bound_;
  std::vector<char> was_bound_, has_values_, restored_nodes_;
  std::vector<std::weak_ptr<Trackable::Watcher>> watchers_;
  std::set<std::pair<std::size_t, std::string>> unused_attributes_;
  std::vector<std::string> restored_;
};

}  // namespace hornbeam::track
