// A dataset's elements as the file holds them, put together from wherever they are.
#pragma once

#include <cstdint>
#include <span>

#include "formats/hdf5/dataspace.h"
#include "formats/hdf5/image.h"
#include "formats/hdf5/layout.h"

namespace hornbeam::formats::hdf5 {

struct Storage {
  Dataspace space;
  std::uint32_t element_size = 0;
  std::uint64_t bytes = 0;  // space.count * element_size
  Layout layout;
  std::span<const std::byte> fill;  // one element; empty for zeros
};

// The elements as they lie in the file, without filters; empty if they are not in one piece there.
std::span<const std::byte> view_storage(const Image& image, const Storage& storage);
// Fills `out`, which has storage.bytes bytes. Elements never written get the fill value.
void read_storage(const Image& image, const Storage& storage, std::span<std::byte> out);

}  // namespace hornbeam::formats::hdf5
