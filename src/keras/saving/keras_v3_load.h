// A whole model from a `.keras` archive.
#pragma once

#include "base/mapped_file.h"
#include "hornbeam/saving.hpp"

namespace hornbeam {

ModelRef load_keras_v3(std::shared_ptr<const base::MappedFile> file, const LoadOptions& options, LoadReport& report);
// Its weights alone, into a model that is there.
void load_keras_v3_weights(std::shared_ptr<const base::MappedFile> file, Model& model,
                           const LoadWeightsOptions& options, LoadReport& report);

}  // namespace hornbeam
