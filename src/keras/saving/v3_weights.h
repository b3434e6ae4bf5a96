// Weights and optimizer state from files in Keras's v3 layout.
#pragma once

#include "hornbeam/saving.hpp"
#include "keras/saving/v3_store.h"

namespace hornbeam {

// Gives the model the file's weights; nothing is assigned unless all fits (with skip_mismatch: what does not is told in
// the report). Throws ValueError in Keras's words.
void load_v3_weights(const V3Store& store, Model& model, const LoadWeightsOptions& options, LoadReport& report);

// The state of the optimizer of a compiled model, as restore_optimizer. Of a model that is not compiled, it is told
// that it was not used.
void load_v3_optimizer(const V3Store& store, Model& model, bool map, LoadReport& report);

// Both, of a file that is loaded into a model by load_weights.
void load_v3_file(const V3Store& store, Model& model, const LoadWeightsOptions& options, LoadReport& report);

}  // namespace hornbeam
