#include "ops/random_state.h"

#include <mutex>
#include <random>

namespace hornbeam::random {
namespace {

struct State : Generators {
  std::mutex mutex;
};

State& state() {
  static State s;
  static std::once_flag once;
  std::call_once(once, [] {
    std::random_device entropy;
    s.shared = Philox(0, 0, std::uint64_t{entropy()} << 32 | entropy());
  });
  return s;
}

thread_local Generators* own_of_thread = nullptr;

// The generators that this thread draws from; those of the process are locked meanwhile.
template <class Use>
auto with_generators(const Use& use) {
  if (own_of_thread) return use(*own_of_thread);
  auto& s = state();
  const std::lock_guard lock(s.mutex);
  return use(static_cast<Generators&>(s));
}

std::uint64_t word64(std::uint32_t a, std::uint32_t b) { return std::uint64_t{b} << 32 | a; }

}  // namespace

void set_global_seed(std::uint64_t seed) {
  auto& s = state();
  const std::lock_guard lock(s.mutex);
  s.shared = Philox::from_seed(seed, 0);
  s.seeded.clear();
}

std::pair<std::int64_t, std::int64_t> next_seed() {
  const auto w = with_generators([](Generators& g) { return g.shared(); });
  return {static_cast<std::int64_t>(word64(w[0], w[1])), static_cast<std::int64_t>(word64(w[2], w[3]))};
}

Philox reserve(std::int64_t seed, std::int64_t seed2, std::uint64_t calls) {
  return with_generators([&](Generators& g) {
    auto* generator = &g.shared;
    if (seed != 0 || seed2 != 0) {
      // As TensorFlow's GuardedPhiloxRandom starts from the two attrs.
      const auto start = Philox(0, static_cast<std::uint64_t>(seed2), static_cast<std::uint64_t>(seed));
      generator = &g.seeded.try_emplace({seed, seed2}, start).first->second;
    }
    const auto result = *generator;
    generator->skip(calls);
    return result;
  });
}

Generators generators() {
  return with_generators([](const Generators& g) { return g; });
}

void set_generators(Generators given) {
  with_generators([&](Generators& g) { g = std::move(given); });
}

Generators fork() {
  return with_generators([](Generators& g) {
    const auto w = g.shared();
    return Generators{Philox::from_seed(word64(w[0], w[1]), word64(w[2], w[3])), g.seeded};
  });
}

Own::Own(Generators& own) : outer_(std::exchange(own_of_thread, &own)) {}
Own::~Own() { own_of_thread = outer_; }

}  // namespace hornbeam::random
