// The process's random state: what stateful random ops and unseeded initializers draw from.
//
// Thread-safety: all functions may be called from several threads; which thread gets which numbers is then up to
// chance.
#pragma once

#include <cstdint>
#include <map>
#include <utility>

#include "ops/philox.h"

namespace hornbeam::random {

// From here on everything drawn follows from `seed` (keras.utils.set_random_seed). Until the first call it follows from
// the machine's entropy.
void set_global_seed(std::uint64_t seed);

// The next seed pair for a stateless op.
std::pair<std::int64_t, std::int64_t> next_seed();

// The generator for one run of a stateful op whose attrs are `seed` and `seed2`, moved on by `calls` for the next run.
// Ops with neither share the process's generator; a seeded pair has its own, which starts anew with set_global_seed.
Philox reserve(std::int64_t seed, std::int64_t seed2, std::uint64_t calls);

// All generators as they stand: that of the process, and by their two seeds those of seeded ops.
struct Generators {
  Philox shared;
  std::map<std::pair<std::int64_t, std::int64_t>, Philox> seeded;
};
Generators generators();
void set_generators(Generators state);

}  // namespace hornbeam::random
