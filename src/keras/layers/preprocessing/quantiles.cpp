#include "keras/layers/preprocessing/quantiles.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>

#include "hornbeam/errors.hpp"

namespace hornbeam {
namespace {

constexpr double kMostSteps = 1e7;  // of what an epsilon asks for

// Where x lies between the points, as numpy.interp.
double interpolated(double x, const std::vector<double>& points, const std::vector<double>& values) {
  if (x <= points.front()) return values.front();
  if (x >= points.back()) return values.back();
  const auto above = static_cast<std::size_t>(std::upper_bound(points.begin(), points.end(), x) - points.begin());
  const auto below = above - 1;
  const auto slope = (values[above] - values[below]) / (points[above] - points[below]);
  return slope * (x - points[below]) + values[below];
}

// As numpy sorts: what is no number comes last.
bool is_before(float a, float b) { return a < b || (std::isnan(b) && !std::isnan(a)); }

QuantileSummary compressed(const QuantileSummary& summary, double epsilon) {
  const auto count = summary.values.size();
  if (static_cast<double>(count) * epsilon < 1 || count == 0) return summary;
  // Sums of float32, as they are made there.
  std::vector<double> sums, shares, values(summary.values.begin(), summary.values.end());
  float sum = 0;
  for (const auto weight : summary.weights) sums.push_back(static_cast<double>(sum += weight));
  // A summary may come from a file.
  const bool sound =
      std::all_of(summary.weights.begin(), summary.weights.end(), [](float w) { return std::isfinite(w) && w >= 0; });
  if (!sound || !(sum > 0) || !std::isfinite(sum)) throw ValueError("Discretization: the summary has no sound weights");
  for (const auto s : sums) shares.push_back(static_cast<double>(static_cast<float>(s) / sum));
  const auto steps = std::ceil(1.0 / epsilon);
  if (!(steps <= kMostSteps)) throw ValueError("Discretization: `epsilon` is too small");
  QuantileSummary result;
  double last = 0;
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(steps); ++i) {
    const auto share = epsilon + static_cast<double>(i) * epsilon;
    result.values.push_back(static_cast<float>(interpolated(share, shares, values)));
    const auto weight = interpolated(share, shares, sums);
    result.weights.push_back(static_cast<float>(weight - last));
    last = weight;
  }
  return result;
}

}  // namespace

QuantileSummary summarized_quantiles(std::vector<float> numbers, double epsilon) {
  std::sort(numbers.begin(), numbers.end(), is_before);
  const auto increment =
      static_cast<std::size_t>(static_cast<float>(numbers.size()) / static_cast<float>(1.0 / epsilon));
  const auto step = std::max<std::size_t>(increment, 1);
  QuantileSummary summary;
  for (auto i = increment; i < numbers.size(); i += step) summary.values.push_back(numbers[i]);
  summary.weights.assign(summary.values.size(), static_cast<float>(step));
  return summary;
}

QuantileSummary merged_quantiles(const QuantileSummary& a, const QuantileSummary& b, double epsilon) {
  auto values = a.values, weights = a.weights;
  values.insert(values.end(), b.values.begin(), b.values.end());
  weights.insert(weights.end(), b.weights.begin(), b.weights.end());
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](auto x, auto y) { return is_before(values[x], values[y]); });
  QuantileSummary merged;
  for (const auto i : order) {
    merged.values.push_back(values[i]);
    merged.weights.push_back(weights[i]);
  }
  return compressed(merged, epsilon);
}

std::vector<double> quantile_boundaries(const QuantileSummary& summary, std::int64_t bins) {
  if (bins <= 0 || summary.values.empty()) return {};
  auto values = compressed(summary, 1.0 / static_cast<double>(bins)).values;
  values.pop_back();
  return {values.begin(), values.end()};
}

}  // namespace hornbeam
