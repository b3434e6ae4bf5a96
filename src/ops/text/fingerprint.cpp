#include "ops/text/fingerprint.h"

#include <farmhash.h>

namespace hornbeam {

std::uint64_t fingerprint64(std::string_view text) { return util::Fingerprint64(text.data(), text.size()); }

// MurmurHash's steps, as TensorFlow's FingerprintCat64.
std::uint64_t joined_fingerprint(std::uint64_t a, std::uint64_t b) {
  constexpr std::uint64_t kFactor = 0xc6a4a7935bd1e995ULL;
  const auto mixed = [](std::uint64_t v) { return v ^ (v >> 47); };
  std::uint64_t result = a ^ kFactor;
  result ^= mixed(b * kFactor) * kFactor;
  result *= kFactor;
  result = mixed(result) * kFactor;
  return mixed(result);
}

}  // namespace hornbeam
