// Opens a checkpoint for restoring.
#pragma once

#include <memory>
#include <string>

#include "hornbeam/trackable.hpp"
#include "track/restoration.h"

namespace hornbeam::track {

// Throws OSError in TensorFlow's words when nothing is at `prefix`.
std::shared_ptr<const formats::tensor_bundle::Bundle> open_bundle(const std::string& prefix);
// The values of the checkpoint for `root` and what is reached from it. A checkpoint without an object graph
// (tf.compat.v1.train.Saver's) goes by the variables' names. `attached`: as Restoration has it. Throws as
// Restoration::restore.
std::shared_ptr<Restoration> restore(const std::shared_ptr<const formats::tensor_bundle::Bundle>& bundle,
                                     const Trackable::Ptr& root, bool map,
                                     const std::vector<Trackable::Edge>& attached = {});

}  // namespace hornbeam::track
