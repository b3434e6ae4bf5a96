// The process-wide source of seeds for unseeded random ops and initializers; keras.utils.set_random_seed restarts it.
// Thread-safety: guarded by a mutex.
#pragma once

#include <array>
#include <cstdint>

namespace hornbeam::random_state {

// From here on seeds follow from `seed`; until first called they come from the system.
void set_seed(std::int64_t seed);
// The next pair of seeds, for a stateless op.
std::array<std::int64_t, 2> next_seed();

}  // namespace hornbeam::random_state
