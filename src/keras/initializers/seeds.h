// Seeds of initializers that were given none: Keras draws them as Python's random.randint(1, 10**9), so that
// set_random_seed gives the weights that Keras gives.
#pragma once

#include <array>
#include <cstdint>

namespace hornbeam {

// The Mersenne Twister as Python's random.Random(seed) uses it.
class PythonRandom {
 public:
  explicit PythonRandom(std::int64_t seed);
  std::uint32_t next32();
  // random.randint(low, high), for ranges below 2^32.
  std::int64_t randint(std::int64_t low, std::int64_t high);

 private:
  static constexpr std::size_t kSize = 624;
  void refill();
  std::array<std::uint32_t, kSize> state_{};
  std::size_t used_ = kSize;
};

// The next seed; thread-safe. Until reset_layer_seeds is called the seeds are the machine's choice.
std::int64_t next_layer_seed();
// keras.utils.set_random_seed.
void reset_layer_seeds(std::int64_t seed);

}  // namespace hornbeam
