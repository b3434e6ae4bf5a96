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

// Fuzzers cannot forge checksums: their targets take any, so that what lies behind stands by itself.
#ifdef HORNBEAM_FUZZ
inline bool any_checksum = false;
inline bool same_checksum(std::uint32_t stored, std::uint32_t computed) { return any_checksum || stored == computed; }
#else
constexpr bool same_checksum(std::uint32_t stored, std::uint32_t computed) { return stored == computed; }
#endif

}  // namespace hornbeam::formats::hdf5
