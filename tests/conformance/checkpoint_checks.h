// Checkpoints that save_weights of real Keras wrote.
#pragma once

#include <string>

#include "conformance/corpus.h"
#include "hornbeam/saving.hpp"

namespace conformance {

// The case's model with all that the checkpoint has: weights and, where the model was trained, the optimizer's state.
// How it was compiled stands in the H5 file beside it; of that file's weights and state nothing is left before the
// checkpoint is loaded, all of which must be consumed. `model`: one of a
// class that the checkpoint does not tell of. Throws what loading throws.
hornbeam::ModelRef load_checkpoint_case(const Case& c, hornbeam::LoadReport& report, hornbeam::ModelRef model = {});
// Saves the model again twice: the same bytes, and of the original's keys each with the same value. What is read from
// it must be the model. Empty, else what differs.
std::string resave_checkpoint(const Case& c, hornbeam::Model& model, int& comparisons);

}  // namespace conformance
