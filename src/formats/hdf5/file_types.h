// The types that h5py gives numpy's dtypes in a file. For this folder's own files.
#pragma once

#include "formats/hdf5/library.h"
#include "hornbeam/dtype.hpp"

namespace hornbeam::formats::hdf5 {

// Of elements as they lie in memory (little-endian machines: then nothing is converted). Throws TypeError.
Id file_type(DType dtype);
// One string of `width` bytes, NUL-padded; of any length when 0.
Id string_type(std::size_t width, H5T_cset_t charset);

}  // namespace hornbeam::formats::hdf5
