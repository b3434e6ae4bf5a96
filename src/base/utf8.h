// Strict UTF-8: no surrogates, no overlong forms, nothing past U+10FFFF.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace hornbeam::base {

// The code point that begins at byte `at`, which moves past it; nullopt (and `at` unmoved) when ill-formed.
std::optional<char32_t> decode_utf8(std::string_view text, std::size_t& at);
// Throws ValueError when `c` is a surrogate or past U+10FFFF.
void append_utf8(std::string& out, char32_t c);
bool is_utf8(std::string_view text);

}  // namespace hornbeam::base
