// Hashes of strings that stay the same everywhere: what TensorFlow puts words into buckets by.
#pragma once

#include <cstdint>
#include <string_view>

namespace hornbeam {

// FarmHash's Fingerprint64.
std::uint64_t fingerprint64(std::string_view text);
// One fingerprint of two.
std::uint64_t joined_fingerprint(std::uint64_t a, std::uint64_t b);

}  // namespace hornbeam
