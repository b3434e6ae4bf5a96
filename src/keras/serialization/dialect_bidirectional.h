// Bidirectional in the dialects: Keras 2 writes the layer it was given, Keras 3 the two it made of it.
#pragma once

#include "hornbeam/config.hpp"

namespace hornbeam {

// From the form in memory (Keras 2's) to Keras 3's, and back. Other keys stay as they are.
Config bidirectional_for_keras3(Config config);
Config bidirectional_from_keras3(Config config);

}  // namespace hornbeam
