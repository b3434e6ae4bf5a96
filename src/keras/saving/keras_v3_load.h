// A whole model from a `.keras` archive.
#pragma once

#include "base/zip_reader.h"
#include "hornbeam/saving.hpp"

namespace hornbeam {

ModelRef load_keras_v3(std::shared_ptr<const base::ZipReader> zip, const LoadOptions& options, LoadReport& report);
// Its weights alone, into a model that is there.
void load_keras_v3_weights(std::shared_ptr<const base::ZipReader> zip, Model& model, const LoadWeightsOptions& options,
                           LoadReport& report);

}  // namespace hornbeam
