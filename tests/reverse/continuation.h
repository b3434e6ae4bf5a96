// Hornbeam's own next training steps from a file it wrote: what a real Keras that opens the file should do too.
#pragma once

#include <string>

#include "conformance/corpus.h"

namespace reverse {

inline constexpr std::int64_t kSteps = 3;  // batches that the corpus trains on from a saved state

// Loads `file`, trains on the case's batches from `first` on and keeps the state it comes to in `arrays`, an npz of
// w000,
// ... (weights) and o000, ... (the optimizer's). {"first", "logs": a list a step, "names", "arrays"}.
hornbeam::Config continuation(const conformance::Case& c, const std::string& file, std::int64_t first,
                              const std::string& arrays);

}  // namespace reverse
