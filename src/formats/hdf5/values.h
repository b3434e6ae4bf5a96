// From raw elements to values.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "formats/hdf5/datatype.h"
#include "formats/hdf5/image.h"
#include "hornbeam/errors.hpp"

namespace hornbeam::formats::hdf5 {

// To native order, in place; booleans become 0 or 1.
void to_native(const Datatype& type, std::span<std::byte> values);
// `raw`: the elements of a string type as the file stores them.
std::vector<std::string> to_strings(const Image& image, const Datatype& type, const Cursor& raw);
// Runs `f`; a FormatError comes out with `who` before its place.
template <class F>
decltype(auto) naming(const std::string& who, F&& f) {
  try {
    return f();
  } catch (const FormatError& e) {
    if (e.place().starts_with(who)) throw;
    throw FormatError(e.file(), who + ", " + e.place(), e.expected(), e.found());
  }
}

}  // namespace hornbeam::formats::hdf5
