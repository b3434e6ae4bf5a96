#include "base/crc32c.h"

#include <isa-l/crc.h>

#include <algorithm>

namespace hornbeam::base {

std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t so_far) {
  constexpr std::size_t kMost = std::size_t{1} << 30;  // the library counts in int
  std::uint32_t state = ~so_far;
  while (!bytes.empty()) {
    const auto part = bytes.first(std::min(bytes.size(), kMost));
    // It takes its input as if it would write to it.
    auto* data = reinterpret_cast<unsigned char*>(const_cast<std::byte*>(part.data()));
    state = ::crc32_iscsi(data, static_cast<int>(part.size()), state);
    bytes = bytes.subspan(part.size());
  }
  return ~state;
}

}  // namespace hornbeam::base
