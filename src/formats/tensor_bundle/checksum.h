// The form in which tables and bundles store CRC-32C.
#pragma once

#include <bit>
#include <cstdint>
#include <span>

#include "base/crc32c.h"

namespace hornbeam::formats::tensor_bundle {

// Stored checksums are masked, because bytes that hold their own checksum make poor input for another.
constexpr std::uint32_t masked(std::uint32_t crc) { return std::rotr(crc, 15) + 0xa282ead8U; }
inline std::uint32_t masked_crc32c(std::span<const std::byte> bytes) { return masked(base::crc32c(bytes)); }

// Fuzzers cannot forge checksums: their targets take any, so that what lies behind stands by itself.
#ifdef HORNBEAM_FUZZ
inline bool any_checksum = false;
inline bool same_checksum(std::uint32_t stored, std::uint32_t computed) { return any_checksum || stored == computed; }
#else
constexpr bool same_checksum(std::uint32_t stored, std::uint32_t computed) { return stored == computed; }
#endif

}  // namespace hornbeam::formats::tensor_bundle
