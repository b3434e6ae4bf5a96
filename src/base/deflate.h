// What deflate (zlib, zip, HDF5's filter) can reach.
#pragma once

#include <cstdint>

namespace hornbeam::base {

// Bytes that one compressed byte makes at most; who claims more lies, and nothing is allocated for it.
inline constexpr std::uint64_t kMaxDeflateRatio = 1032;

}  // namespace hornbeam::base
