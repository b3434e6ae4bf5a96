// CRC-32 as zip and gzip have it, by the processor's own instructions where there are any.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace hornbeam::base {

// The checksum of what `so_far` is the checksum of, followed by `bytes`.
std::uint32_t crc32(std::span<const std::byte> bytes, std::uint32_t so_far = 0);

}  // namespace hornbeam::base
