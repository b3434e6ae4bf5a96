// Metrics in training configs for Keras 3.
#pragma once

#include "hornbeam/model.hpp"

namespace hornbeam {

// Of a model with several outputs, as Keras 3 understands it: a list an output (of a plain list it would give each
// output one), and metrics without the output's name in their own, which Keras 2 puts there, and Keras 3 too when it
// tells results.
Config keras3_metrics(const Model& model, const Config& metrics);

}  // namespace hornbeam
