// What an H5 file holds for a weight: an array, or several that make it together. Keras 1 kept the gates of LSTM and
// GRU apart.
#pragma once

#include <string>
#include <vector>

#include "formats/hdf5/hdf5.h"
#include "hornbeam/layer.hpp"
#include "keras/saving/old_kernels.h"

namespace hornbeam {

struct FileValue {
  std::string name;                           // as the file names it, or the first of its parts
  std::vector<formats::hdf5::Dataset> parts;  // joined along the last axis
  Shape shape;                                // of the whole
};

struct NamedDataset {
  std::string name;
  formats::hdf5::Dataset dataset;
};

// What the file holds for the layer's weights, in their order where the layer is of those that Keras 1 laid out in
// another way, as tf.keras 2.2 joins it; else one value per dataset. Throws ValueError when parts do not fit together.
std::vector<FileValue> file_values(const Layer& layer, const std::vector<NamedDataset>& datasets,
                                   const FileOrigin& origin);
// Numbers; parts that are joined are of `dtype`. Throws FormatError.
Tensor read_file_value(const FileValue& value, bool map, DType dtype);

}  // namespace hornbeam
