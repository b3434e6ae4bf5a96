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

}  // namespace hornbeam::formats::hdf5
