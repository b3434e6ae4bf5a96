// How much memory a request may sensibly ask for.
#pragma once

#include <cstddef>

namespace hornbeam::base {

// Bytes of memory this machine has; a single block that is bigger is refused before it is asked for.
std::size_t physical_memory();

}  // namespace hornbeam::base
