#include "keras/initializers/random_values.h"

#include <algorithm>

#include "keras/initializers/skip.h"
#include "ops/dispatch.h"
#include "ops/kernels/parallel.h"

namespace hornbeam {
namespace {

using random::Distribution;

constexpr std::int64_t kBlock = 4096;  // numbers drawn and scaled while they are in the cache

// How many calls of the generator lie before number `start`, which begins a group.
std::uint64_t calls_before(std::int64_t start, Distribution distribution, DType dtype) {
  const std::int64_t group = dtype == DType::float64 ? 2 : 4;
  const std::int64_t calls_per_group = distribution == Distribution::truncated_normal ? group * 64 : 1;
  return static_cast<std::uint64_t>(start / group * calls_per_group);
}

// Each operation rounds to T, as TensorFlow's separate Mul and AddV2 do.
template <class T>
void scale_in_place(T* values, std::int64_t n, T scale, T shift) {
  if constexpr (std::is_same_v<T, float> || std::is_same_v<T, double>) {
    for (std::int64_t i = 0; i < n; ++i) {
      const T product = values[i] * scale;
      values[i] = product + shift;
    }
  } else {
    const auto s = static_cast<float>(scale), m = static_cast<float>(shift);
    for (std::int64_t i = 0; i < n; ++i) {
      const auto product = static_cast<float>(T(static_cast<float>(values[i]) * s));
      values[i] = T(product + m);
    }
  }
}

template <class T>
T as(double value) {
  if constexpr (std::is_same_v<T, double>) return value;
  return T(static_cast<float>(value));
}

template <class T>
Tensor filled(Distribution distribution, std::int64_t seed, const Shape& shape, T scale, T shift) {
  constexpr auto kDType = DTypeOf<T>::value;
  auto out = Tensor::empty(kDType, shape);
  auto* values = out.template mutable_data<T>().data();
  const auto n = out.num_elements();
  const auto generator = Philox::from_seed(static_cast<std::uint64_t>(seed), 0);
  const auto blocks = (n + kBlock - 1) / kBlock;
  kernels::parallel_for(blocks, 1, [&](std::int64_t first, std::int64_t last) {
    for (auto block = first; block < last; ++block) {
      const auto start = block * kBlock;
      const auto count = std::min(kBlock, n - start);
      auto from_here = generator;
      from_here.skip(calls_before(start, distribution, kDType));
      random::fill(distribution, from_here, kDType, reinterpret_cast<std::byte*>(values + start), count, "random");
      scale_in_place(values + start, count, scale, shift);
    }
  });
  return out;
}

void check_floating(DType dtype) {
  if (!is_floating(dtype)) {
    throw ValueError("Expected floating point type, got <dtype: '" + std::string(name_of(dtype)) + "'>.");
  }
}

}  // namespace

Tensor random_values(Distribution distribution, std::int64_t seed, DType dtype, const Shape& shape, double scale,
                     double shift) {
  check_floating(dtype);
  check_weight_size(dtype, shape);
  return dispatch<FloatTypes>(dtype, "random", [&]<class T>() -> Tensor {
    return filled<T>(distribution, seed, shape, as<T>(scale), as<T>(shift));
  });
}

Tensor random_uniform_values(std::int64_t seed, DType dtype, const Shape& shape, double low, double high) {
  check_weight_size(dtype, shape);
  if (dtype == DType::int32 || dtype == DType::int64) {
    const auto bound = [dtype](double v) {
      return dtype == DType::int32 ? Tensor::scalar(static_cast<std::int32_t>(v))
                                   : Tensor::scalar(static_cast<std::int64_t>(v));
    };
    const auto lo = bound(low), hi = bound(high);
    auto out = Tensor::empty(dtype, shape);
    random::fill_ints(Philox::from_seed(static_cast<std::uint64_t>(seed), 0), dtype, lo.raw(), hi.raw(),
                      out.mutable_raw(), out.num_elements(), "RandomUniform");
    return out;
  }
  check_floating(dtype);
  return dispatch<FloatTypes>(dtype, "random", [&]<class T>() -> Tensor {
    // The width is a difference of two numbers of T.
    const auto lo = as<T>(low), hi = as<T>(high);
    T width;
    if constexpr (std::is_same_v<T, double>) {
      width = hi - lo;
    } else {
      width = T(static_cast<float>(hi) - static_cast<float>(lo));
    }
    return filled<T>(Distribution::uniform, seed, shape, width, lo);
  });
}

}  // namespace hornbeam
