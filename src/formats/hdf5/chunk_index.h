// Where the chunks of a dataset are, whatever index names them.
#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "formats/hdf5/dataspace.h"
#include "formats/hdf5/image.h"
#include "formats/hdf5/layout.h"

namespace hornbeam::formats::hdf5 {

struct Chunk {
  std::span<const std::uint64_t> at;  // which chunk along each dimension
  std::uint64_t address = 0;
  std::uint64_t stored_size = 0;
  std::uint32_t filter_mask = 0;
};

// Calls `visit` for each chunk that is stored and touches the dataset's extent, each at most once.
void for_each_chunk(const Image& image, const Layout& layout, const Dataspace& space,
                    const std::function<void(const Chunk&)>& visit);

}  // namespace hornbeam::formats::hdf5
