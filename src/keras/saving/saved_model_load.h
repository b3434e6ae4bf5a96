// Whole models from SavedModel folders.
#pragma once

#include "hornbeam/saving.hpp"

namespace hornbeam {

// A model that Keras saved, from its config: of its own class, with weights, compiled, with its optimizer's state.
// Throws as models::load_model.
ModelRef load_saved_model(const std::string& folder, const LoadOptions& options, LoadReport& report);

}  // namespace hornbeam
