// What was read is saved, read again, and must be the same.
#pragma once

#include <string>

#include "conformance/corpus.h"
#include "hornbeam/model.hpp"

namespace conformance {

// Saves `model`, which came from `file`, twice: the bytes must be equal, the form of the file the original's (but for
// the names that real Keras too makes anew: resaved_names.json), and the model that is read from it the same in config,
// weights and predictions, bit for bit. Empty, else what differs. `comparisons` counts. Throws what saving throws.
std::string resave_h5(const Case& c, hornbeam::Model& model, const std::string& file, int& comparisons);
// The same of a `.keras` archive: config.json to the letter, but for the numbers of shared objects, and the file of
// weights, but for the metrics' sums.
std::string resave_keras_v3(const Case& c, hornbeam::Model& model, const std::string& file, int& comparisons);
// The same with save_weights and load_weights into `model`.
std::string resave_weights(const Case& c, hornbeam::Model& model, const std::string& file, int& comparisons);

}  // namespace conformance
