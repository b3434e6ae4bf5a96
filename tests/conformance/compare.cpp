#include "conformance/compare.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "hornbeam/ops.hpp"
#include "hornbeam/ops_array.hpp"

namespace conformance {

using hornbeam::Config;
using hornbeam::DType;
using hornbeam::Tensor;

namespace {
std::string short_text(const Config& config) {
  const auto text = config.dump();
  return text.size() <= 160 ? text : text.substr(0, 160) + "...";
}
}  // namespace

std::string difference(const Tensor& got, const Tensor& expected, double rtol, double atol) {
  if (got.shape() != expected.shape()) {
    return "shape " + got.shape().to_string() + ", expected " + expected.shape().to_string();
  }
  if (expected.dtype() == DType::string || got.dtype() == DType::string) {
    if (got.dtype() != expected.dtype()) return "dtype differs";
    return std::ranges::equal(got.data<std::string>(), expected.data<std::string>()) ? "" : "strings differ";
  }
  const auto a = hornbeam::ops::cast(got, DType::float64), b = hornbeam::ops::cast(expected, DType::float64);
  const auto x = a.data<double>(), y = b.data<double>();
  double worst = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (x[i] == y[i] || (std::isnan(x[i]) && std::isnan(y[i]))) continue;
    const double d = std::abs(x[i] - y[i]);
    if (!(d <= atol + rtol * std::abs(y[i]))) worst = std::isnan(d) ? INFINITY : std::max(worst, d);
  }
  return worst == 0 ? "" : "largest difference " + Config(worst).dump();
}

std::string difference(const Tensor& got, const Tensor& expected) {
  const bool widened = got.dtype() == DType::bfloat16 && expected.dtype() == DType::float32;
  const auto same = widened ? hornbeam::ops::cast(got, DType::float32) : got;
  if (same.dtype() != expected.dtype()) {
    return "dtype " + std::string(name_of(got.dtype())) + ", expected " + std::string(name_of(expected.dtype()));
  }
  const auto text = difference(same, expected, 0, 0);
  if (!text.empty() || same.dtype() == DType::string) return text;
  return std::ranges::equal(std::span(same.raw(), same.bytes()), std::span(expected.raw(), expected.bytes()))
             ? ""
             : "bits differ";
}

std::string difference(const Case& c, const Tensor& got, const Tensor& expected) {
  // Nobody's float32 numbers are closer: with the very same weights those of 2.2.3, 2.15.1 and tf-keras differ from
  // each other by 1.2e-7 where a case that computes in float64 asks for 1e-9 (docs/testing.md).
  constexpr double kRelative = 4.8e-7, kAbsolute = 2.4e-7;
  const bool rounded = expected.dtype() == DType::float32;
  return difference(got, expected, std::max(c.rtol(), rounded ? kRelative : 0),
                    std::max(c.atol(), rounded ? kAbsolute : 0));
}

std::string difference(const Config& got, const Config& expected) {
  if (got == expected) return "";
  if (got.is_dict() && expected.is_dict()) {
    for (const auto& [key, value] : expected.as_dict()) {
      const auto* ours = got.find(key);
      if (!ours) return "." + key + ": missing, expected " + short_text(value);
      if (const auto inner = difference(*ours, value); !inner.empty()) return "." + key + inner;
    }
    for (const auto& [key, value] : got.as_dict()) {
      if (!expected.has(key)) return "." + key + ": not expected: " + short_text(value);
    }
    return ": the keys' order: " + short_text(got) + ", expected " + short_text(expected);
  }
  if (got.is_list() && expected.is_list() && got.size() == expected.size()) {
    for (std::size_t i = 0; i < got.size(); ++i) {
      if (const auto inner = difference(got.at(i), expected.at(i)); !inner.empty()) {
        return "[" + std::to_string(i) + "]" + inner;
      }
    }
  }
  return ": " + short_text(got) + ", expected " + short_text(expected);
}

}  // namespace conformance
