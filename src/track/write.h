// Writes the values of an object and of all that is reached from it as a checkpoint.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "hornbeam/target.hpp"
#include "track/object_walk.h"

namespace hornbeam::track {

struct WriteOptions {
  Target target = Target::tf215;
  StandIn stand_in = {};
  // Children that the root has beside its own.
  std::vector<Trackable::Edge> attached = {};
  // An edge "root" from the root to itself, as Model.save_weights of tf.keras 2.15 has it.
  bool root_edge = false;
  // What stands in the file for a variable's value and name; default: its own.
  std::function<Tensor(const VariableNode&)> value = {};
};

// Replaces what is under the prefix, whole or not at all. Gives the keys written, in their order. Throws OSError,
// ValueError when a value has no stored form.
std::vector<std::string> write_checkpoint(const std::string& prefix, const Trackable::Ptr& root,
                                          const WriteOptions& options);

}  // namespace hornbeam::track
