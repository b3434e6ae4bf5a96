#include "keras/migration/array_comparison.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "hornbeam/ops.hpp"

namespace hornbeam {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

struct Apart {
  double difference = 0, largest = 0;
  std::string how;
};

// The first element whose bits differ.
std::string other_bits(const Tensor& a, const Tensor& b) {
  const auto size = size_of(a.dtype());
  for (std::size_t at = 0; at < a.bytes(); at += size) {
    if (std::memcmp(a.raw() + at, b.raw() + at, size) != 0) return fmt::format("element {}", at / size);
  }
  return "";
}

// Real and imaginary ones by turns.
Tensor parts(const Tensor& complex, DType dtype) {
  return Tensor::borrow(dtype, {complex.num_elements() * 2}, complex.raw(), complex.impl());
}

Apart apart(const Tensor& a, const Tensor& b) {
  if (auto how = difference_in_kind(a, b); !how.empty()) return {kInfinity, 0, std::move(how)};
  if (a.dtype() == DType::string) return {};
  if (a.dtype() == DType::complex64) return apart(parts(a, DType::float32), parts(b, DType::float32));
  if (a.dtype() == DType::complex128) return apart(parts(a, DType::float64), parts(b, DType::float64));
  const Tensor wide_a = ops::cast(a, DType::float64), wide_b = ops::cast(b, DType::float64);
  const auto x = wide_a.data<double>(), y = wide_b.data<double>();
  Apart found;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (std::isfinite(x[i])) found.largest = std::max(found.largest, std::abs(x[i]));
    if (x[i] == y[i] || (std::isnan(x[i]) && std::isnan(y[i]))) continue;
    const auto difference = std::abs(x[i] - y[i]);
    if (difference <= found.difference) continue;
    found.difference = std::isnan(difference) ? kInfinity : difference;  // one of them is NaN
    found.how = fmt::format("element {}: {:.9g} and {:.9g}", i, x[i], y[i]);
    if (found.difference == kInfinity) break;
  }
  if (found.difference == 0 && !is_floating(a.dtype())) {  // float64 has not all of int64's
    if (auto how = other_bits(a, b); !how.empty()) return {kInfinity, found.largest, std::move(how)};
  }
  return found;
}

bool is_whole(DType dtype) { return !is_floating(dtype) && dtype != DType::complex64 && dtype != DType::complex128; }

double relative(const Apart& found, bool whole_numbers, double least_largest) {
  if (found.difference == 0) return 0;
  const auto largest = std::max(found.largest, least_largest);
  return whole_numbers || largest == 0 ? kInfinity : found.difference / largest;
}

}  // namespace

bool has_finite(const Tensor& array) {
  if (is_whole(array.dtype())) return true;
  if (array.dtype() == DType::complex64) return has_finite(parts(array, DType::float32));
  if (array.dtype() == DType::complex128) return has_finite(parts(array, DType::float64));
  const Tensor wide = ops::cast(array, DType::float64);
  return std::ranges::any_of(wide.data<double>(), [](double x) { return std::isfinite(x); });
}

std::string difference_in_kind(const Tensor& a, const Tensor& b) {
  if (a.dtype() != b.dtype()) return fmt::format("{} and {}", name_of(a.dtype()), name_of(b.dtype()));
  if (a.shape() != b.shape()) return a.shape().to_string() + " and " + b.shape().to_string();
  const bool same = a.dtype() != DType::string || std::ranges::equal(a.data<std::string>(), b.data<std::string>());
  return same ? "" : "other strings";
}

ArrayComparison compare_arrays(std::string part, const std::vector<Tensor>& a, const std::vector<Tensor>& b,
                               const std::vector<std::string>& names, double least_largest) {
  ArrayComparison result;
  result.part = std::move(part);
  result.arrays = std::min(a.size(), b.size());
  for (std::size_t i = 0; i < result.arrays; ++i) {
    const auto found = apart(a[i], b[i]);
    if (found.difference == 0 && result.relative == 0) result.largest = std::max(result.largest, found.largest);
    const auto judged = relative(found, is_whole(a[i].dtype()), least_largest);
    if (judged < result.relative || (judged == result.relative && found.difference <= result.max_difference)) continue;
    result.relative = judged;
    result.max_difference = found.difference;
    result.largest = found.largest;
    result.where = (i < names.size() ? names[i] : std::to_string(i)) + ", " + found.how;
  }
  if (a.size() != b.size()) {
    result.max_difference = result.relative = kInfinity;
    result.where = fmt::format("{} arrays and {}", a.size(), b.size());
  }
  return result;
}

}  // namespace hornbeam
