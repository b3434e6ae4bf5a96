// operator new of this program counts. For tests of what allocates; every allocation of the library goes through it.
#pragma once

#include <cstdint>

namespace hornbeam::memory_test {

// Allocations so far, by all threads.
std::int64_t allocations();
// Those that were not given back.
std::int64_t allocations_alive();
// Bytes that malloc has handed out and not got back (operator new's among them), as it counts them: what is left of a
// block that is used again for less counts with it.
std::int64_t bytes_in_use();

}  // namespace hornbeam::memory_test
