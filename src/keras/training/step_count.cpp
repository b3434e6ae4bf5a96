#include "keras/training/step_count.h"

#include <algorithm>
#include <string>

#include "hornbeam/errors.hpp"

namespace hornbeam::training {

Steps steps_of(std::optional<std::int64_t> given, Target target) {
  if (!given || (*given <= 0 && target == Target::keras3)) return {};
  if (*given == 0) {
    throw ValueError(
        "Unexpected value for `steps_per_epoch`. Received value is 0. Please check the docstring for `model.fit()` for "
        "supported values.");
  }
  if (*given == -1 && target == Target::tf215) return {.limit = {}, .whole_passes = false};
  return {.limit = given, .whole_passes = false};
}

std::int64_t batch_size_of(std::int64_t size, std::int64_t rows, std::optional<std::int64_t> steps) {
  if (size < 0) throw ValueError("`batch_size` must be a positive integer. Received: " + std::to_string(size));
  if (size > 0) return size;
  if (steps.value_or(0) == 0) return 32;
  if (*steps < 0) {
    // Keras makes a table of so many batches of so many rows, and TensorFlow names the first number that it cannot
    // have.
    const auto of_batch = rows / *steps;
    const auto batches = of_batch == 0 ? 0 : -((rows - of_batch - 1) / -of_batch);
    throw ValueError("Invalid value in tensor used for shape: " + std::to_string(batches == -1 ? of_batch : batches));
  }
  return std::max<std::int64_t>(rows / *steps + (rows % *steps != 0 ? 1 : 0), 1);
}

}  // namespace hornbeam::training
