#include "keras/initializers/seeds.h"

#include <bit>
#include <mutex>
#include <optional>
#include <vector>

#include "ops/random_state.h"

namespace hornbeam {
namespace {

struct State {
  std::mutex mutex;
  std::optional<PythonRandom> generator;
};
State& state() {
  static State s;
  return s;
}

}  // namespace

// init_genrand, then init_by_array with the words of |seed|, as in CPython's _randommodule.c.
PythonRandom::PythonRandom(std::int64_t seed) {
  const auto magnitude =
      seed < 0 ? std::uint64_t{0} - static_cast<std::uint64_t>(seed) : static_cast<std::uint64_t>(seed);
  std::vector<std::uint32_t> key{static_cast<std::uint32_t>(magnitude)};
  if (magnitude >> 32 != 0) key.push_back(static_cast<std::uint32_t>(magnitude >> 32));

  const auto mixed = [this](std::size_t i) { return state_[i - 1] ^ (state_[i - 1] >> 30); };
  state_[0] = 19650218u;
  for (std::size_t i = 1; i < kSize; ++i) state_[i] = 1812433253u * mixed(i) + static_cast<std::uint32_t>(i);
  std::size_t i = 1, j = 0;
  const auto advance = [&] {
    if (++i >= kSize) {
      state_[0] = state_[kSize - 1];
      i = 1;
    }
  };
  for (std::size_t k = kSize; k > 0; --k) {
    state_[i] = (state_[i] ^ (mixed(i) * 1664525u)) + key[j] + static_cast<std::uint32_t>(j);
    if (++j >= key.size()) j = 0;
    advance();
  }
  for (std::size_t k = kSize - 1; k > 0; --k) {
    state_[i] = (state_[i] ^ (mixed(i) * 1566083941u)) - static_cast<std::uint32_t>(i);
    advance();
  }
  state_[0] = 0x80000000u;
}

void PythonRandom::refill() {
  constexpr std::size_t kShift = 397;
  for (std::size_t k = 0; k < kSize; ++k) {
    const auto y = (state_[k] & 0x80000000u) | (state_[(k + 1) % kSize] & 0x7fffffffu);
    state_[k] = state_[(k + kShift) % kSize] ^ (y >> 1) ^ ((y & 1u) != 0 ? 0x9908b0dfu : 0u);
  }
  used_ = 0;
}

std::uint32_t PythonRandom::next32() {
  if (used_ == kSize) refill();
  auto y = state_[used_++];
  y ^= y >> 11;
  y ^= (y << 7) & 0x9d2c5680u;
  y ^= (y << 15) & 0xefc60000u;
  return y ^ (y >> 18);
}

std::int64_t PythonRandom::randint(std::int64_t low, std::int64_t high) {
  const auto range = static_cast<std::uint32_t>(high - low + 1);
  const auto bits = std::bit_width(range);
  std::uint32_t value = 0;
  do {
    value = next32() >> (32 - bits);
  } while (value >= range);
  return low + static_cast<std::int64_t>(value);
}

std::int64_t next_layer_seed() {
  const std::lock_guard lock(state().mutex);
  if (!state().generator) state().generator.emplace(random::next_seed().first);
  return state().generator->randint(1, 1'000'000'000);
}

void reset_layer_seeds(std::int64_t seed) {
  const std::lock_guard lock(state().mutex);
  state().generator.emplace(seed);
}

}  // namespace hornbeam
