// The process's random state: what stateful random ops and unseeded initializers draw from.
//
// Thread-safety: all functions may be called from several threads; which thread gets which numbers is then up to
// chance, unless one has generators of its own.
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

// Generators for a thread that draws beside this one: they follow from those here, which draw on once for it.
Generators fork();
// While it lives this thread draws from `own`, and no other does.
class Own {
 public:
  explicit Own(Generators& own);
  ~Own();
  Own(const Own&) = delete;
  Own& operator=(const Own&) = delete;

 private:
  Generators* outer_;
};

}  // namespace hornbeam::random
