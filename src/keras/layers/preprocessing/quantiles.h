// The quantiles that Discretization learns its boundaries from: a summary of some values with the weight of each.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace hornbeam {

struct QuantileSummary {
  std::vector<float> values, weights;
};

// Of these numbers.
QuantileSummary summarized_quantiles(std::vector<float> numbers, double epsilon);
// Of what both were made of.
QuantileSummary merged_quantiles(const QuantileSummary& a, const QuantileSummary& b, double epsilon);
// What parts the numbers into as many bins, with as many in each.
std::vector<double> quantile_boundaries(const QuantileSummary& summary, std::int64_t bins);

}  // namespace hornbeam
