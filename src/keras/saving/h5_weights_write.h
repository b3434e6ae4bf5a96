// Weights in Keras's legacy HDF5 layout: one group per layer.
#pragma once

#include <string>
#include <unordered_set>

#include "formats/hdf5/writer.h"
#include "hornbeam/saving.hpp"
#include "keras/serialization/dialect_tables.h"

namespace hornbeam {

struct WhichWeights {
  Target target;
  FunctionalModel::Extent extent;  // of a functional model's layers
  std::unordered_set<const VariableNode*> left_out;
};

// The attributes and groups of a weights file below `group` ("/" or "/model_weights"). Throws ValueError naming the
// layer when two of its weights have one name, or when a name cannot be one in HDF5.
void write_h5_weights(formats::hdf5::Writer& writer, const std::string& group, const Model& model,
                      const WhichWeights& which, SaveReport& report);

// Names as a list attribute has them in files of that Keras.
formats::hdf5::StringList string_list_of(Target target);
// "/a" and "b" -> "/a/b".
std::string joined(const std::string& group, const std::string& name);

}  // namespace hornbeam
