#include "base/utf8.h"

#include <utf8proc.h>

#include "hornbeam/errors.hpp"

namespace hornbeam::base {

std::optional<char32_t> decode_utf8(std::string_view text, std::size_t& at) {
  if (at >= text.size()) return std::nullopt;
  utf8proc_int32_t c = -1;
  const auto used = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()) + at,
                                     static_cast<utf8proc_ssize_t>(text.size() - at), &c);
  if (used <= 0 || c < 0) return std::nullopt;
  at += static_cast<std::size_t>(used);
  return static_cast<char32_t>(c);
}

void append_utf8(std::string& out, char32_t c) {
  // utf8proc encodes surrogates and calls the result valid.
  if (c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF)) {
    throw ValueError("character " + std::to_string(static_cast<std::uint32_t>(c)) + " is not in range(0x110000)");
  }
  utf8proc_uint8_t bytes[4];
  const auto used = utf8proc_encode_char(static_cast<utf8proc_int32_t>(c), bytes);
  out.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(used));
}

bool is_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    if (static_cast<unsigned char>(text[at]) < 0x80) {
      ++at;
    } else if (!decode_utf8(text, at)) {
      return false;
    }
  }
  return true;
}

}  // namespace hornbeam::base
