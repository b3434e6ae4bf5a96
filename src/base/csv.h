// Fields of tables as text.
#pragma once

#include <string>
#include <string_view>

namespace hornbeam::base {

// In quotes where it holds one of them, the separator or the end of a line; quotes in it are doubled.
inline std::string csv_field(std::string_view text, std::string_view separator = ",") {
  const auto special = std::string("\"\r\n").append(separator);
  if (text.find_first_of(special) == text.npos) return std::string(text);
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += c;
    out += c;
  }
  return out + "\"";
}

}  // namespace hornbeam::base
