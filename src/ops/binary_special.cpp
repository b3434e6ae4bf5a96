// Pow, Atan2, Xlogy, Xlog1py, Xdivy.
#include <cmath>
#include <concepts>

#include "ops/binary_op.h"
#include "ops/integer_math.h"

namespace hornbeam {
namespace {

Tensor not_zero(const Tensor& x) { return ops::cast(ops::not_equal(x, 0), x.dtype()); }

// No real value makes sense below zero: 0.
Tensor log_of_positive(const Tensor& x) {
  const auto positive = ops::greater(x, 0);
  const auto one = ops::scalar(x.dtype(), 1.0), zero = ops::scalar(x.dtype(), 0.0);
  return ops::where(positive, ops::log(ops::where(positive, x, one)), zero);
}

struct PowFn {
  static constexpr const char* kName = "Pow";
  template <std::signed_integral T>
  static void check(const T* exponents, std::int64_t n) {
    for (std::int64_t i = 0; i < n; ++i) {
      if (exponents[i] < T{}) throw InvalidArgumentError("Integers to negative integer powers are not allowed");
    }
  }
  template <class C>
  static C apply(C x, C y) {
    if constexpr (std::is_floating_point_v<C>) {
      return std::pow(x, y);
    } else {
      C result = 1;
      for (C base = x, e = y; e > C{}; e = static_cast<C>(e >> 1)) {
        if (e & 1) result = wrap_mul(result, base);
        base = wrap_mul(base, base);
      }
      return result;
    }
  }
  static Tensor gradient_x(const Tensor& dz, const Tensor& x, const Tensor& y, const Tensor&) {
    return dz * y * ops::pow(x, y - 1);
  }
  static Tensor gradient_y(const Tensor& dz, const Tensor& x, const Tensor&, const Tensor& z) {
    return dz * z * log_of_positive(x);
  }
};
struct Atan2Fn {
  static constexpr const char* kName = "Atan2";
  template <class C>
  static C apply(C y, C x) {
    return std::atan2(y, x);
  }
  static Tensor gradient_x(const Tensor& dz, const Tensor& x, const Tensor& y, const Tensor&) {
    return y * (dz / (ops::square(x) + ops::square(y)));
  }
  static Tensor gradient_y(const Tensor& dz, const Tensor& x, const Tensor& y, const Tensor&) {
    return -x * (dz / (ops::square(x) + ops::square(y)));
  }
};
struct XlogyFn {
  static constexpr const char* kName = "Xlogy";
  template <class C>
  static C apply(C x, C y) {
    return x == C{} ? C{} : x * std::log(y);
  }
  static Tensor gradient_x(const Tensor& dz, const Tensor& x, const Tensor& y, const Tensor&) {
    return ops::xlogy(not_zero(x), y) * dz;
  }
  static Tensor gradient_y(const Tensor& dz, const Tensor& x, const Tensor& y, const Tensor&) {
    return ops::xdivy(x, y) * dz;
  }
};
struct Xlog1pyFn {
  static constexpr const char* kName = "Xlog1py";
  template <class C>
  static C apply(C x, C y) {
    return x == C{} ? C{} : x * std::log1p(y);
  }
  static Tensor gradient_x(const Tensor& dz, const Tensor& x, const Tensor& y, const Tensor&) {
    return call_op1("Xlog1py", {not_zero(x), y}) * dz;
  }
  static Tensor gradient_y(const Tensor& dz, const Tensor& x, const Tensor& y, const Tensor&) {
    return ops::xdivy(x, y + 1) * dz;
  }
};
struct XdivyFn {
  static constexpr const char* kName = "Xdivy";
  template <class C>
  static C apply(C x, C y) {
    return x == C{} ? C{} : x / y;
  }
  static Tensor gradient_x(const Tensor& dz, const Tensor& x, const Tensor& y, const Tensor&) {
    return ops::xdivy(not_zero(x), y) * dz;
  }
  static Tensor gradient_y(const Tensor& dz, const Tensor& x, const Tensor& y, const Tensor&) {
    return ops::xdivy(-x, ops::square(y)) * dz;
  }
};

}  // namespace
}  // namespace hornbeam

HB_REGISTER(binary_special) {
  using namespace hornbeam;
  add_op(binary_op<PowFn, NumberTypes>());
  add_op(binary_op<Atan2Fn, FloatTypes>("Atan2", "y: T", "x: T"));
  add_op(binary_op<XlogyFn, FloatTypes>());
  add_op(binary_op<Xlog1pyFn, FloatTypes>());
  add_op(binary_op<XdivyFn, FloatTypes>());
}
