// Random generators as a backup keeps them.
#pragma once

#include "hornbeam/config.hpp"
#include "ops/random_state.h"

namespace hornbeam::training {

Config words_of(const random::Generators& generators);
// Throws an Error when it is not what words_of wrote.
random::Generators generators_of(const Config& words);

}  // namespace hornbeam::training
