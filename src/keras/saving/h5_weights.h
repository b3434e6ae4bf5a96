// Weights in Keras's legacy HDF5 layout: one group per layer, found by order or by name.
#pragma once

#include <string>

#include "formats/hdf5/hdf5.h"
#include "hornbeam/saving.hpp"

namespace hornbeam {

// `group` holds `layer_names` (the root of a weights file, /model_weights of a model file). Nothing is assigned unless
// all fits. Throws ValueError in Keras's words.
void load_h5_weights(const formats::hdf5::Group& group, Model& model, const LoadWeightsOptions& options,
                     LoadReport& report);

// Throws FormatError when the file's bytes cannot hold the values of all of these together.
void check_held_by_file(const std::vector<formats::hdf5::Dataset>& datasets);
// The whole dataset; `map`: shown from the file where it can be.
Tensor read_h5_tensor(const formats::hdf5::Dataset& dataset, bool map);

}  // namespace hornbeam
