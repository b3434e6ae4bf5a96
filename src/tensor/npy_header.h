// The header of a .npy file: magic, version, and a Python literal of a dict, padded to 64 bytes.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "hornbeam/dtype.hpp"
#include "hornbeam/shape.hpp"

namespace hornbeam::npy {

enum class Text { none, bytes, utf32 };  // '|S' and '<U'

struct Header {
  DType dtype = DType::invalid;
  Text text = Text::none;
  std::size_t item_bytes = 0;  // of one element in the file
  bool swapped = false;        // big-endian in the file
  bool fortran_order = false;
  Shape shape;
  std::size_t elements = 0;
  std::size_t data_offset = 0;
};

// Checks that exactly elements * item_bytes bytes follow. Throws FormatError.
Header parse_header(std::span<const std::byte> file, const std::string& source);

// What np.save writes before the data of a C-ordered array; `text_bytes` is the width of '|S'. Throws TypeError on a
// dtype that NumPy has not.
std::string header_bytes(DType dtype, const Shape& shape, std::size_t text_bytes);

}  // namespace hornbeam::npy
