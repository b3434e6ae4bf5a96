// How an H5 file's model was trained: its training configuration and its optimizer's state, read or named in the
// report.
#pragma once

#include "formats/hdf5/hdf5.h"
#include "hornbeam/saving.hpp"

namespace hornbeam {

// A model that cannot be compiled still predicts: what it was trained with is kept as data and said in the report.
void restore_training(const formats::hdf5::Group& root, const std::string& path, Model& model,
                      const LoadOptions& options, LoadReport& report);

// Names what the file has of training in `unused`: of a load that does not ask for it.
void note_unread_training(const formats::hdf5::Group& root, LoadReport& report);

}  // namespace hornbeam
