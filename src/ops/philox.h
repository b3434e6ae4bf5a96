// Philox 4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3"), and how TensorFlow makes numbers of
// its words: for one seed the values are TensorFlow's.
#pragma once

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <numbers>

#include "hornbeam/dtype.hpp"

namespace hornbeam {

// A counter-based generator: a value type; skipping ahead costs nothing.
class Philox {
 public:
  using Words = std::array<std::uint32_t, 4>;
  using Key = std::array<std::uint32_t, 2>;

  Philox() = default;
  Philox(const Words& counter, const Key& key) : counter_(counter), key_(key) {}
  // As TensorFlow lays out the key [1] and counter [2] of its V2 ops.
  Philox(std::uint64_t counter_low, std::uint64_t counter_high, std::uint64_t key)
      : counter_{low(counter_low), high(counter_low), low(counter_high), high(counter_high)},
        key_{low(key), high(key)} {}
  // As TensorFlow scrambles the seed of its stateless ops.
  static Philox from_seed(std::uint64_t seed0, std::uint64_t seed1) {
    Philox scrambler({low(seed0), high(seed0), low(seed1), high(seed1)}, {0x3ec8f720u, 0x02461e29u});
    const auto mix = scrambler();
    return {{0, 0, mix[2], mix[3]}, {mix[0], mix[1]}};
  }

  const Words& counter() const { return counter_; }
  const Key& key() const { return key_; }

  // The next four words.
  Words operator()() {
    Words c = counter_;
    Key k = key_;
    for (int round = 0; round < 10; ++round) {
      const auto a = std::uint64_t{0xD2511F53u} * c[0], b = std::uint64_t{0xCD9E8D57u} * c[2];
      c = {high(b) ^ c[1] ^ k[0], low(b), high(a) ^ c[3] ^ k[1], low(a)};
      k[0] += 0x9E3779B9u;
      k[1] += 0xBB67AE85u;
    }
    skip(1);
    return c;
  }
  // Leaves out `calls` calls.
  void skip(std::uint64_t calls) {
    const auto first = (std::uint64_t{counter_[1]} << 32 | counter_[0]) + calls;
    counter_[0] = low(first);
    counter_[1] = high(first);
    if (first < calls && ++counter_[2] == 0) ++counter_[3];
  }

 private:
  static std::uint32_t low(std::uint64_t v) { return static_cast<std::uint32_t>(v); }
  static std::uint32_t high(std::uint64_t v) { return static_cast<std::uint32_t>(v >> 32); }
  Words counter_{};
  Key key_{};
};

namespace random {

// [0, 1): the word's low bits become the mantissa of a number in [1, 2).
inline float unit_float(std::uint32_t x) { return std::bit_cast<float>((x & 0x7fffffu) | 0x3f800000u) - 1.0f; }
inline double unit_double(std::uint32_t x0, std::uint32_t x1) {
  return std::bit_cast<double>(std::uint64_t{x0 & 0xfffffu} << 32 | x1 | std::uint64_t{0x3ff} << 52) - 1.0;
}
inline Float16 unit_half(std::uint32_t x) {
  Float16 h;
  h.bits = static_cast<std::uint16_t>((x & 0x3ffu) | 0x3c00u);
  return Float16(static_cast<float>(h) - 1.0f);
}
inline BFloat16 unit_bfloat(std::uint32_t x) {
  BFloat16 h;
  h.bits = static_cast<std::uint16_t>((x & 0x7fu) | 0x3f80u);
  return BFloat16(static_cast<float>(h) - 1.0f);
}

// Two normal numbers of two uniform ones.
inline std::array<float, 2> box_muller(std::uint32_t x0, std::uint32_t x1) {
  constexpr float kLeast = 1.0e-7f;
  auto u1 = unit_float(x0);
  if (u1 < kLeast) u1 = kLeast;
  const auto v1 = static_cast<float>(2.0 * std::numbers::pi * static_cast<double>(unit_float(x1)));
  const auto u2 = std::sqrt(-2.0f * std::log(u1));
  return {std::sin(v1) * u2, std::cos(v1) * u2};
}
inline std::array<double, 2> box_muller(std::uint32_t x0, std::uint32_t x1, std::uint32_t x2, std::uint32_t x3) {
  constexpr double kLeast = 1.0e-7;
  auto u1 = unit_double(x0, x1);
  if (u1 < kLeast) u1 = kLeast;
  const auto v1 = 2.0 * std::numbers::pi * unit_double(x2, x3);
  const auto u2 = std::sqrt(-2.0 * std::log(u1));
  return {std::sin(v1) * u2, std::cos(v1) * u2};
}

}  // namespace random
}  // namespace hornbeam
