// Whether a model could be saved now: asked before the work whose result is to be saved.
#pragma once

#include <string>

#include "hornbeam/saving.hpp"

namespace hornbeam {

// Throws as models::save_model would; leaves nothing behind.
void check_can_save(const Model& model, const std::string& path, const SaveOptions& options);

}  // namespace hornbeam
