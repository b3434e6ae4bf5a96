// Element types as HDF5 describes them, reduced to those Keras files hold.
#pragma once

#include <cstdint>

#include "formats/hdf5/image.h"
#include "formats/hdf5/object_header.h"
#include "hornbeam/dtype.hpp"

namespace hornbeam::formats::hdf5 {

struct Datatype {
  enum class Kind { number, boolean, fixed_string, variable_string, opaque };
  enum class Padding { null_terminated, null_padded, space_padded };
  Kind kind = Kind::number;
  DType dtype = DType::invalid;  // string for both kinds of string, invalid for opaque
  std::uint32_t size = 0;        // bytes of one element in the file, never 0
  bool big_endian = false;
  Padding padding = Padding::null_terminated;
  bool utf8 = false;  // what a string's type says; ASCII else

  bool is_string() const { return kind == Kind::fixed_string || kind == Kind::variable_string; }
};

// Throws FormatError on a type that is damaged or not supported (compound, reference, array, ...), by name.
Datatype read_datatype(Cursor c);
// As a message: shared ones are looked up where they are committed.
Datatype read_datatype(const ObjectHeader& header, const Message& message);
Datatype read_committed_datatype(const Image& image, std::uint64_t address);

}  // namespace hornbeam::formats::hdf5
