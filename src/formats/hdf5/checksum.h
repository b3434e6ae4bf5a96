// The two checksums HDF5 carries.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace hornbeam::formats::hdf5 {

// Bob Jenkins's lookup3 ("hashlittle", initial value 0): metadata, and the hash of names in dense groups.
std::uint32_t lookup3(std::span<const std::byte> bytes);
// Fletcher's checksum over big-endian 16-bit words: the fletcher32 filter.
std::uint32_t fletcher32(std::span<const std::byte> bytes);

// Fuzzers cannot forge checksums, so fuzzing builds take any: what lies behind them must stand by itself.
constexpr bool same_checksum([[maybe_unused]] std::uint32_t stored, [[maybe_unused]] std::uint32_t computed) {
#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
  return true;
#else
  return stored == computed;
#endif
}

}  // namespace hornbeam::formats::hdf5
