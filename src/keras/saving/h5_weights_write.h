// Weights in Keras's legacy HDF5 layout: one group per layer.
#pragma once

#include <string>

#include "formats/hdf5/writer.h"
#include "hornbeam/saving.hpp"
#include "keras/serialization/dialect_tables.h"

namespace hornbeam {

// The attributes and groups of a weights file below `group` ("/" or "/model_weights"). Throws ValueError naming the
// layer when two of its weights have one name, or when a name cannot be one in HDF5.
void write_h5_weights(formats::hdf5::Writer& writer, const std::string& group, const Model& model, Target target,
                      SaveReport& report);

// Names as a list attribute has them in files of that Keras.
formats::hdf5::StringList string_list_of(Target target);
// "/a" and "b" -> "/a/b".
std::string joined(const std::string& group, const std::string& name);

}  // namespace hornbeam
