#include "formats/tensor_bundle/bytes.h"

#include "base/utf8.h"

namespace hornbeam::formats::tensor_bundle {

std::string in_quotes(std::string_view name) {
  const bool readable = base::is_utf8(name);
  std::string text = "'";
  for (const char c : name) {
    const auto u = static_cast<unsigned char>(c);
    if (u >= 32 && u != 127 && (readable || u < 128)) {
      text += c;
    } else {
      constexpr std::string_view kHex = "0123456789abcdef";
      text += "\\x";
      text += kHex[u >> 4];
      text += kHex[u & 15];
    }
  }
  return text + "'";
}

}  // namespace hornbeam::formats::tensor_bundle
