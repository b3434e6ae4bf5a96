#include "ops/random_state.h"

#include <mutex>
#include <random>

namespace hornbeam::random_state {
namespace {

struct State {
  std::mutex mutex;
  std::mt19937_64 generator{std::random_device{}()};
};
State& state() {
  static State s;
  return s;
}

}  // namespace

void set_seed(std::int64_t seed) {
  const std::lock_guard lock(state().mutex);
  state().generator.seed(static_cast<std::uint64_t>(seed));
}

std::array<std::int64_t, 2> next_seed() {
  const std::lock_guard lock(state().mutex);
  auto& g = state().generator;
  return {static_cast<std::int64_t>(g() >> 1), static_cast<std::int64_t>(g() >> 1)};
}

}  // namespace hornbeam::random_state
