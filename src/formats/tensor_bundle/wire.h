// Protocol buffers as bytes, for what is to be counted before it is parsed.
#pragma once

#include <string_view>

#include "formats/tensor_bundle/bytes.h"

namespace hornbeam::formats::tensor_bundle {

// Calls visit(number, bytes) with each length-delimited field of a message. False when the bytes are none.
template <class Visit>
bool each_field(std::string_view message, const Visit& visit) {
  auto rest = as_raw(message);
  while (!rest.empty()) {
    const auto tag = take_varint(rest);
    if (!tag || (*tag >> 3) == 0) return false;
    std::uint64_t skip = 0;
    switch (*tag & 7) {
      case 0:
        if (!take_varint(rest)) return false;
        continue;
      case 1:
        skip = 8;
        break;
      case 5:
        skip = 4;
        break;
      case 2: {
        const auto size = take_varint(rest);
        if (!size || *size > rest.size()) return false;
        skip = *size;
        visit(*tag >> 3, as_text(rest.first(skip)));
        break;
      }
      default:
        return false;
    }
    if (skip > rest.size()) return false;
    rest = rest.subspan(skip);
  }
  return true;
}

}  // namespace hornbeam::formats::tensor_bundle
