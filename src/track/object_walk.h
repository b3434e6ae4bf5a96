// The objects that are reached from one, as checkpoints see them: breadth-first, each once, at its shortest path.
//
//   for (const auto& object : track::walk(model, Target::tf215)) std::cout << object.path << "\n";
//
// Thread-safety: a function without state; what is walked must not change meanwhile.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "formats/tensor_bundle/object_graph.h"
#include "hornbeam/trackable.hpp"
#include "hornbeam/variable.hpp"

namespace hornbeam {
class LookupTable;
}

namespace hornbeam::track {

struct WalkedObject {
  Trackable::Ptr object;
  std::string path;  // escaped names, joined by '/'; empty for the root
  struct Child {
    std::string name;
    std::size_t index = 0;  // in the walk
  };
  std::vector<Child> children;
  struct Slot {
    std::size_t variable = 0;
    std::string name;
    std::size_t value = 0;
  };
  std::vector<Slot> slots;  // of optimizers
  // Of a variable, null otherwise; of a lookup table (ops/text), which is none here.
  Variable variable() const;
  std::shared_ptr<LookupTable> table() const;
  bool is_slot_variable = false;  // it comes behind all others
};

// The object as a bundle's graph has it, by its number in the walk, without attributes.
formats::tensor_bundle::ObjectGraph::Node graph_node(const WalkedObject& object);

// What stands in for an object in a checkpoint; the object itself unless there is another. Asked once for each object.
using StandIn = std::function<Trackable::Ptr(const Trackable::Ptr&)>;

// The root comes first; `attached` are children that it has beside its own, for this walk. Variables that are only
// slots of others come last, in the order of their optimizers: by the slots' names, and within a name by the order of
// the variables in the walk.
std::vector<WalkedObject> walk(const Trackable::Ptr& root, Target target, const StandIn& stand_in = {},
                               const std::vector<Trackable::Edge>& attached = {});

// "." -> "..", "/" -> ".S"
std::string escaped_name(const std::string& name);

}  // namespace hornbeam::track
