// CRC-32C (Castagnoli), by the processor's own instruction where there is one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace hornbeam::base {

// The checksum of what `so_far` is the checksum of, followed by `bytes`.
std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t so_far = 0);

}  // namespace hornbeam::base
