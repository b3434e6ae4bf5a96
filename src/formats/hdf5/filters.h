// The filter pipeline, backwards: from a stored chunk to its elements.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "formats/hdf5/image.h"
#include "formats/hdf5/layout.h"

namespace hornbeam::formats::hdf5 {

// Throws FormatError naming the first filter this reader does not know.
void check_filters(const Cursor& where, const std::vector<Filter>& filters);

// The `chunk_bytes` bytes that `stored` decodes to. Filter i is left out if bit i of `mask` is set.
// Never allocates more than a chunk; deflate cannot claim more than its stored bytes could hold.
std::vector<std::byte> decode_chunk(const Cursor& stored, std::span<const std::byte> bytes,
                                    const std::vector<Filter>& filters, std::uint32_t mask, std::uint64_t chunk_bytes);

}  // namespace hornbeam::formats::hdf5
