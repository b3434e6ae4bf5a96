// How a dataset's bytes are stored: the layout, filter and fill value messages.
#pragma once

#include <cstdint>
#include <vector>

#include "formats/hdf5/dataspace.h"
#include "formats/hdf5/image.h"
#include "formats/hdf5/object_header.h"

namespace hornbeam::formats::hdf5 {

struct Filter {
  unsigned id = 0;
  std::string name;
  std::vector<std::uint32_t> values;
};
enum FilterId : unsigned { kDeflate = 1, kShuffle = 2, kFletcher32 = 3 };

struct Layout {
  enum class Kind { compact, contiguous, chunked };
  enum class Index { btree1, single, implicit, fixed_array, extensible_array, btree2 };
  Kind kind = Kind::contiguous;
  std::span<const std::byte> compact;
  std::uint64_t address = kUndefined;  // of the bytes, or of the chunk index
  std::uint64_t size = 0;              // contiguous
  // chunked:
  Index index = Index::btree1;
  std::vector<std::uint64_t> chunk;  // elements along each dimension, none 0
  std::uint64_t chunk_bytes = 0;
  bool raw_edge_chunks = false;   // chunks that reach past the extent are not filtered
  std::uint64_t single_size = 0;  // Index::single with filters
  std::uint32_t single_filter_mask = 0;
  std::vector<Filter> filters;  // in the order of writing
};

Layout read_layout(const ObjectHeader& header, const Dataspace& space, std::uint32_t element_size);
// One element's bytes; empty for zeros.
std::span<const std::byte> read_fill_value(const ObjectHeader& header, std::uint32_t element_size);

}  // namespace hornbeam::formats::hdf5
