// Weights and optimizer state from files in Keras's v3 layout.
#pragma once

#include "hornbeam/saving.hpp"
#include "keras/saving/assignments.h"
#include "keras/saving/v3_places.h"
#include "keras/saving/v3_store.h"

namespace hornbeam {

// What is to be assigned of a v3 file, read and checked: nothing is assigned here.
//
// The file's weights (with skip_mismatch: what does not fit is told in the report). `assets`: the members of its
// archive that hold such. Returns the places where they lie. Throws ValueError in Keras's words.
V3Places read_v3_weights(const V3Store& store, const std::vector<std::string>& assets, Model& model,
                         const LoadWeightsOptions& options, LoadReport& report, Assignments& assignments);

// The state of the optimizer of a compiled model, as restore_optimizer. Of a model that is not compiled, it is told
// that it was not used.
void read_v3_optimizer(const V3Store& store, Model& model, bool map, LoadReport& report, Assignments& assignments);

// Both, of a file that is loaded into a model by load_weights, and assigned.
void load_v3_file(const V3Store& store, Model& model, const LoadWeightsOptions& options, LoadReport& report);

}  // namespace hornbeam
