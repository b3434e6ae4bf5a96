// Gradients of what a function being traced has computed, appended to the same function. Mirrors tf.gradients.
#pragma once

#include <span>
#include <vector>

#include "hornbeam/gradient_tape.hpp"

namespace hornbeam::graph {

// d(sum of ys, each multiplied by its output gradient) / d source; sources are tensors of the same trace or variables
// read in it. Undefined (or zeros, as the options say) where no y depends on the source. Throws LookupError when an op
// on the way has no gradient, TypeError when the tensors belong to different traces.
//
// Unlike GradientTape it needs no recording: it walks the nodes that the ys depend on.
std::vector<Tensor> gradients(const GradientTargets& ys, const GradientSources& sources,
                              const GradientOptions& options = {});

}  // namespace hornbeam::graph
