#include "keras/metrics/counting.h"

#include "graph/variables.h"

namespace hornbeam {

void add_to_state(const Variable& variable, const Tensor& value) {
  graph::assign(variable, ops::read(variable) + ops::cast(value, variable->dtype()));
}

std::vector<double> thresholds_between(std::int64_t num_thresholds) {
  // A file may say any number; a state of that size must be sensible.
  constexpr std::int64_t kMost = 10'000'000;
  if (num_thresholds > kMost) {
    throw ValueError("`num_thresholds` must be at most " + std::to_string(kMost) + ", not " +
                     std::to_string(num_thresholds));
  }
  std::vector<double> values;
  for (std::int64_t i = 0; i + 2 < num_thresholds; ++i) {
    values.push_back(static_cast<double>(i + 1) * 1.0 / static_cast<double>(num_thresholds - 1));
  }
  return values;
}

}  // namespace hornbeam
