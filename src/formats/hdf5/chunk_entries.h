// What the two chunk arrays share: the form of an entry, and of the blocks that hold them.
#pragma once

#include <cstdint>

#include "formats/hdf5/chunk_array.h"

namespace hornbeam::formats::hdf5 {

struct EntryFormat {
  bool filtered = false;
  std::uint64_t chunk_bytes = 0;
  std::uint64_t size = 0;  // bytes of one entry

  EntryFormat(const Image& image, std::uint64_t bytes, bool has_filters)
      : filtered(has_filters),
        chunk_bytes(bytes),
        size(image.offset_size + (has_filters ? stored_size_size(bytes) + 4U : 0U)) {}

  // Checks a header's client ID and entry size against what the dataset needs.
  void check(Cursor& c, unsigned client, unsigned entry_size) const {
    if (client != (filtered ? 1U : 0U))
      c.fail(filtered ? "entries of filtered chunks" : "entries of plain chunks", "the other kind");
    if (entry_size != size) c.fail("entries of " + std::to_string(size) + " bytes", std::to_string(entry_size));
  }
  ChunkEntry read(Cursor c) const {
    ChunkEntry e;
    e.address = c.offset();
    e.stored_size = chunk_bytes;
    if (filtered) {
      e.stored_size = c.uint(stored_size_size(chunk_bytes));
      e.filter_mask = c.u32();
    }
    return e;
  }
  // Entry `index` of the array at `address`, which the caller has checked to lie in the file.
  ChunkEntry at(const Image& image, std::uint64_t address, std::uint64_t index, const char* what) const {
    return read(image.cursor(address + index * size, size, what));
  }
};

}  // namespace hornbeam::formats::hdf5
