// Names of formats and modes as TensorFlow's ops spell them.
#pragma once

#include <algorithm>
#include <cctype>
#include <string>
#include <string_view>

namespace hornbeam {

inline std::string upper(std::string_view text) {
  std::string s(text);
  std::transform(s.begin(), s.end(), s.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return s;
}

}  // namespace hornbeam
