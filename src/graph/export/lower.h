// What only Hornbeam has, in TensorFlow 2.2's ops.
#pragma once

#include <memory>

#include "graph/function.h"

namespace hornbeam::graph {

// The same function without Hornbeam's own ops: sequences of recurrent layers become loops, as Keras's backend.rnn
// makes them. Throws NotImplementedError naming an op that has no such form (those of compiled functions and training
// steps).
std::shared_ptr<const Function> lowered(std::shared_ptr<const Function> function);

}  // namespace hornbeam::graph
