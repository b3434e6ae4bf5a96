#include "formats/hdf5/utf8.h"

#include <cstddef>
#include <cstdint>

namespace hornbeam::formats::hdf5 {

bool is_text(std::string_view bytes) {
  for (std::size_t i = 0; i < bytes.size();) {
    const auto lead = static_cast<unsigned char>(bytes[i++]);
    if (lead == 0) return false;
    if (lead < 0x80) continue;
    const int more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
    if (lead < 0xc2 || lead > 0xf4) return false;
    std::uint32_t code = lead & (0x3fU >> more);
    for (int k = 0; k < more; ++k, ++i) {
      if (i == bytes.size()) return false;
      const auto next = static_cast<unsigned char>(bytes[i]);
      if ((next & 0xc0U) != 0x80) return false;
      code = code << 6 | (next & 0x3fU);
    }
    if ((more == 2 && code < 0x800) || (more == 3 && code < 0x10000) || code > 0x10ffff) return false;
    if (code >= 0xd800 && code < 0xe000) return false;
  }
  return true;
}

}  // namespace hornbeam::formats::hdf5
