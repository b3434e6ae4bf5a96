// Arrays of random numbers from a Philox generator, in the order TensorFlow's CPU kernels draw them.
#pragma once

#include <cstdint>

#include "hornbeam/tensor.hpp"
#include "ops/philox.h"

namespace hornbeam::random {

enum class Distribution : std::uint8_t { uniform, normal, truncated_normal };

// `dtype` is a float's. Throws TypeError naming `op` otherwise.
void fill(Distribution distribution, Philox generator, DType dtype, std::byte* out, std::int64_t n, const char* op);
// Integers in [low, high), low < high, read from memory of the dtype (int32, int64).
void fill_ints(Philox generator, DType dtype, const std::byte* low, const std::byte* high, std::byte* out,
               std::int64_t n, const char* op);
// Integers of all values (int32, int64, uint32, uint64).
void fill_full_ints(Philox generator, DType dtype, std::byte* out, std::int64_t n, const char* op);

// By how many calls TensorFlow's stateful ops move their generator on for `n` numbers.
inline std::uint64_t reserved_calls(std::int64_t n) { return static_cast<std::uint64_t>(n) * 256; }

// Words one by one.
struct SingleWords {
  Philox generator;
  Philox::Words words{};
  std::size_t used = 4;
  std::uint32_t operator()() {
    if (used == 4) {
      words = generator();
      used = 0;
    }
    return words[used++];
  }
};

}  // namespace hornbeam::random
