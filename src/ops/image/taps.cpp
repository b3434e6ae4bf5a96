#include "ops/image/taps.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>

#include "hornbeam/errors.hpp"

namespace hornbeam::image {
namespace {

// The sum of a row's weights is made one, unless there is next to nothing.
void normalize(std::vector<float>& row) {
  float sum = 0;
  for (const auto w : row) sum += w;
  if (std::fabs(sum) < 1000.0F * std::numeric_limits<float>::min()) return;
  for (auto& w : row) w /= sum;
}

// Of Keys's cubic TensorFlow keeps 1,024 steps.
constexpr std::int64_t kSteps = 1024;
struct CubicTable {
  explicit CubicTable(double a) {
    for (std::int64_t i = 0; i <= kSteps; ++i) {
      auto x = static_cast<double>(i) / kSteps;
      near[static_cast<std::size_t>(i)] = static_cast<float>(((a + 2) * x - (a + 3)) * x * x + 1);
      x += 1;
      far[static_cast<std::size_t>(i)] = static_cast<float>(((a * x - 5 * a) * x + 8 * a) * x - 4 * a);
    }
  }
  std::array<float, kSteps + 1> near, far;
};

float lanczos(float x, float radius) {
  x = std::fabs(x);
  if (x > radius) return 0;
  if (x <= 1e-3F) return 1;
  constexpr auto kPi = std::numbers::pi_v<float>;
  return radius * std::sin(kPi * x) * std::sin(kPi * x / radius) / (kPi * kPi * x * x);
}

float gaussian(float x) {
  constexpr float kRadius = 1.5F, kSigma = kRadius / 3;
  x = std::fabs(x);
  return x >= kRadius ? 0 : std::exp(-x * x / (2 * kSigma * kSigma));
}

float box(float x) {
  x = std::fabs(x);
  return x < 0.5F ? 1 : x == 0.5F ? 0.5F : 0;
}

float triangle(float x) {
  x = std::fabs(x);
  return x < 1 ? 1 - x : 0;
}

float keys_cubic(float x) {
  x = std::fabs(x);
  if (x >= 2) return 0;
  return x >= 1 ? ((-0.5F * x + 2.5F) * x - 4) * x + 2 : ((1.5F * x - 2.5F) * x) * x + 1;
}

float mitchell_cubic(float x) {
  x = std::fabs(x);
  if (x >= 2) return 0;
  return x >= 1 ? (((-7.0F / 18) * x + 2) * x - 10.0F / 3) * x + 16.0F / 9 : (((7.0F / 6) * x - 2) * x) * x + 8.0F / 9;
}

constexpr std::size_t kMostWeights = std::size_t{1} << 28;

struct NamedKernel {
  const char* name;
  float radius;
  float (*weight)(float);
};
constexpr NamedKernel kKernels[] = {
    {"lanczos1", 1, [](float x) { return lanczos(x, 1); }},
    {"lanczos3", 3, [](float x) { return lanczos(x, 3); }},
    {"lanczos5", 5, [](float x) { return lanczos(x, 5); }},
    {"gaussian", 1.5F, gaussian},
    {"box", 1, box},
    {"triangle", 1, triangle},
    {"keyscubic", 2, keys_cubic},
    {"mitchellcubic", 2, mitchell_cubic},
};

}  // namespace

void Taps::add(std::int64_t from, const std::vector<float>& row) {
  first.push_back(from);
  weights.insert(weights.end(), row.begin(), row.end());
  begin.push_back(weights.size());
}

Taps Taps::transposed(std::int64_t inputs) const {
  std::vector<std::vector<std::pair<std::int64_t, float>>> uses(static_cast<std::size_t>(inputs));
  for (std::size_t i = 0; i < first.size(); ++i) {
    for (std::size_t k = 0; k < count(i); ++k) {
      uses[static_cast<std::size_t>(first[i]) + k].emplace_back(static_cast<std::int64_t>(i), weights[begin[i] + k]);
    }
  }
  Taps out;
  for (const auto& list : uses) {
    if (list.empty()) {
      out.add(0, {});
      continue;
    }
    const auto from = list.front().first;
    std::vector<float> row(static_cast<std::size_t>(list.back().first - from + 1), 0.0F);
    for (const auto& [i, weight] : list) row[static_cast<std::size_t>(i - from)] += weight;
    out.add(from, row);
  }
  return out;
}

Scale::Scale(std::int64_t inputs, std::int64_t outputs, bool align_corners, bool half_pixel_centers)
    : step(align_corners && outputs > 1 ? static_cast<float>(inputs - 1) / static_cast<float>(outputs - 1)
                                        : static_cast<float>(inputs) / static_cast<float>(outputs)),
      half_pixel(half_pixel_centers) {}

float Scale::at(std::int64_t i) const {
  return half_pixel ? (static_cast<float>(i) + 0.5F) * step - 0.5F : static_cast<float>(i) * step;
}

Taps bilinear_taps(std::int64_t inputs, std::int64_t outputs, bool align_corners, bool half_pixel_centers) {
  const Scale scale(inputs, outputs, align_corners, half_pixel_centers);
  Taps taps;
  for (std::int64_t i = 0; i < outputs; ++i) {
    const float in = scale.at(i), floor = std::floor(in), share = in - floor;
    const auto low = std::max<std::int64_t>(static_cast<std::int64_t>(floor), 0);
    const auto high = std::min(static_cast<std::int64_t>(std::ceil(in)), inputs - 1);
    if (high > low) {
      taps.add(low, {1 - share, share});
    } else {
      taps.add(std::min(low, inputs - 1), {1});
    }
  }
  return taps;
}

Taps bicubic_taps(std::int64_t inputs, std::int64_t outputs, bool align_corners, bool half_pixel_centers) {
  static const CubicTable sharp(-0.75), keys(-0.5);
  const auto& table = half_pixel_centers ? keys : sharp;
  const Scale scale(inputs, outputs, align_corners, half_pixel_centers);
  Taps taps;
  for (std::int64_t i = 0; i < outputs; ++i) {
    const float in = scale.at(i), floor = std::floor(in);
    const auto step = static_cast<std::size_t>(std::lrint((in - floor) * static_cast<float>(kSteps)));
    const auto at = static_cast<std::int64_t>(floor);
    const float four[] = {table.far[step], table.near[step], table.near[kSteps - step], table.far[kSteps - step]};
    const auto from = std::clamp<std::int64_t>(at - 1, 0, inputs - 1);
    const auto to = std::clamp<std::int64_t>(at + 2, 0, inputs - 1);
    std::vector<float> row(static_cast<std::size_t>(to - from + 1), 0.0F);
    for (std::int64_t k = 0; k < 4; ++k) {
      const auto j = at - 1 + k, inside = std::clamp<std::int64_t>(j, 0, inputs - 1);
      // Outside the image Keys's has no weight; the other repeats the border.
      if (!half_pixel_centers || j == inside) row[static_cast<std::size_t>(inside - from)] += four[k];
    }
    if (half_pixel_centers) normalize(row);
    taps.add(from, row);
  }
  return taps;
}

Taps area_taps(std::int64_t inputs, std::int64_t outputs, bool align_corners, bool) {
  const Scale scale(inputs, outputs, align_corners, false);
  Taps taps;
  for (std::int64_t i = 0; i < outputs; ++i) {
    const float from = static_cast<float>(i) * scale.step, to = static_cast<float>(i + 1) * scale.step;
    const auto first = static_cast<std::int64_t>(std::floor(from)), last = static_cast<std::int64_t>(std::ceil(to));
    const auto low = std::clamp<std::int64_t>(first, 0, inputs - 1);
    const auto high = std::clamp<std::int64_t>(last - 1, low, inputs - 1);
    std::vector<float> row(static_cast<std::size_t>(high - low + 1), 0.0F);
    if (scale.step == 0) row[0] = 1;  // one input, and outputs at its corners
    for (auto j = first; j < last; ++j) {
      const auto begins = static_cast<float>(j), ends = static_cast<float>(j + 1);
      const float share = begins < from ? (ends > to ? scale.step : ends - from) : (ends > to ? to - begins : 1.0F);
      row[static_cast<std::size_t>(std::clamp(j, low, high) - low)] += share / scale.step;
    }
    taps.add(low, row);
  }
  return taps;
}

Taps kernel_taps(std::int64_t inputs, std::int64_t outputs, float scale, float translation, const std::string& kernel,
                 bool antialias) {
  const auto* known = std::ranges::find_if(kKernels, [&](const auto& k) { return k.name == kernel; });
  if (known == std::end(kKernels)) throw InvalidArgumentError("Unrecognized kernel_type: " + kernel);
  if (!(scale > 0) || !std::isfinite(scale)) throw InvalidArgumentError("Scale must be greater than zero.");
  const float step = 1.0F / scale, shift = -step * translation;
  const float stretch = antialias ? std::max(step, 1.0F) : 1.0F, reach = known->radius * stretch;
  if (!std::isfinite(reach) || !std::isfinite(shift)) throw InvalidArgumentError("Scale is too small.");
  Taps taps;
  const auto last = static_cast<float>(inputs - 1);
  for (std::int64_t i = 0; i < outputs; ++i) {
    const float at = (static_cast<float>(i) + 0.5F) * step + shift;
    if (!(at >= 0 && at <= static_cast<float>(inputs))) {
      taps.add(0, {});
      continue;
    }
    const auto inside = [&](float x) {
      return std::min(static_cast<std::int64_t>(std::clamp(x, 0.0F, last)), inputs - 1);
    };
    const auto from = inside(std::ceil(at - reach - 0.5F)), to = inside(std::floor(at + reach - 0.5F));
    // Each output of all inputs: a scale next to nothing can ask for more than there is memory.
    if (taps.weights.size() > kMostWeights) throw InvalidArgumentError("Scale is too small.");
    std::vector<float> row;
    for (auto j = from; j <= to; ++j) row.push_back(known->weight((static_cast<float>(j) + 0.5F - at) / stretch));
    normalize(row);
    taps.add(from, row);
  }
  return taps;
}

}  // namespace hornbeam::image
