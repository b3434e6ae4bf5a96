// How many steps a call of fit, evaluate or predict takes over its data, and of how many samples.
#pragma once

#include <cstdint>
#include <optional>

#include "hornbeam/target.hpp"

namespace hornbeam::training {

struct Steps {
  std::optional<std::int64_t> limit;  // how many; none: until the data end
  bool whole_passes = true;           // each epoch begins the data anew
};
// As `given` to that Keras: none goes through all data, and so in Keras 3 does what is not positive; -1 of 2.15 goes to
// their end, once. 0 is a ValueError of Keras 2, in 2.15's words; other negative numbers are no steps there.
Steps steps_of(std::optional<std::int64_t> given, Target target);
// Of `rows` samples in arrays. 0: what makes `steps` batches of them, without these 32. Throws ValueError where
// one of them is negative.
std::int64_t batch_size_of(std::int64_t size, std::int64_t rows, std::optional<std::int64_t> steps);

}  // namespace hornbeam::training
