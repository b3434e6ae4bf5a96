// The fixed and extensible arrays that index chunks by their number.
#pragma once

#include <cstdint>
#include <memory>

#include "formats/hdf5/image.h"

namespace hornbeam::formats::hdf5 {

struct ChunkEntry {
  std::uint64_t address = kUndefined;
  std::uint64_t stored_size = 0;
  std::uint32_t filter_mask = 0;
};

// One walk's view of an index; verified blocks are remembered. Not thread-safe.
class ChunkArray {
 public:
  virtual ~ChunkArray() = default;
  // The entry of chunk number `index`; an undefined address if it is not stored.
  virtual ChunkEntry entry(std::uint64_t index) = 0;
};

// `chunk_bytes`: the size of a chunk before filters; `filtered`: entries carry a stored size and a filter mask.
std::unique_ptr<ChunkArray> open_fixed_array(const Image& image, std::uint64_t address, std::uint64_t chunk_bytes,
                                             bool filtered);
std::unique_ptr<ChunkArray> open_extensible_array(const Image& image, std::uint64_t address, std::uint64_t chunk_bytes,
                                                  bool filtered);

// Bytes of a stored size in an entry of a filtered chunk: one more than the unfiltered size needs.
unsigned stored_size_size(std::uint64_t chunk_bytes);

}  // namespace hornbeam::formats::hdf5
