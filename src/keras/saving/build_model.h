// A model from its config, as loaders of every format make it.
#pragma once

#include "hornbeam/saving.hpp"

namespace hornbeam {

// `object` has class_name and config, in the dialect of report.keras_version. Weights are fresh. What the readers note
// is told in the report. Throws ValueError in Keras's words.
ModelRef build_model(const Config& object, const LoadOptions& options, LoadReport& report);

// Whose Keras the model is of, by the report's keras_version.
void set_origin(Model& model, const LoadReport& report);

}  // namespace hornbeam
