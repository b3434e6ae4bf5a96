#include "base/crc32.h"

#include <isa-l/crc.h>

namespace hornbeam::base {

std::uint32_t crc32(std::span<const std::byte> bytes, std::uint32_t so_far) {
  return ::crc32_gzip_refl(so_far, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
}

}  // namespace hornbeam::base
