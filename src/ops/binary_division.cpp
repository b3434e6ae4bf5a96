// Div, TruncateDiv, FloorDiv, FloorMod, Mod, TruncateMod, DivNoNan, MulNoNan.
#include <cmath>
#include <concepts>

#include "ops/binary_op.h"
#include "ops/integer_math.h"

namespace hornbeam {
namespace {

Tensor truncated_quotient(const Tensor& x, const Tensor& y) {
  const auto q = x / y;
  return ops::sign(q) * ops::floor(ops::abs(q));
}

// Integers cannot be divided by zero.
struct Divides {
  template <std::integral T>
  static void check(const T* divisors, std::int64_t n) {
    for (std::int64_t i = 0; i < n; ++i) {
      if (divisors[i] == T{}) throw InvalidArgumentError("Integer division by zero");
    }
  }
};

struct DivFn : Divides {
  static constexpr const char* kName = "Div";
  template <class C>
  static C apply(C x, C y) {
    if constexpr (std::is_floating_point_v<C>) {
      return x / y;
    } else {
      return wrap_div(x, y);
    }
  }
  static Tensor gradient_x(const Tensor& dz, const Tensor&, const Tensor& y, const Tensor&) { return dz / y; }
  static Tensor gradient_y(const Tensor& dz, const Tensor& x, const Tensor& y, const Tensor&) {
    return dz * (-x / y / y);
  }
};
struct FloorDivFn : Divides {
  static constexpr const char* kName = "FloorDiv";
  // The quotient is rounded to the stored type first: a 16-bit float's tiny negative one is -0, not below it.
  template <class C, class T>
  static C apply_as(C x, C y) {
    if constexpr (std::is_floating_point_v<C>) {
      return std::floor(static_cast<C>(static_cast<T>(x / y)));
    } else {
      const C q = wrap_div(x, y);
      if constexpr (std::is_signed_v<C>) {
        if (wrap_rem(x, y) != C{} && (x < C{}) != (y < C{})) return static_cast<C>(q - 1);
      }
      return q;
    }
  }
};
struct FloorModFn : Divides {
  static constexpr const char* kName = "FloorMod";
  template <class C>
  static C apply(C x, C y) {
    if constexpr (std::is_floating_point_v<C>) {
      const C r = std::fmod(x, y);
      return r != C{} && (r < C{}) != (y < C{}) ? r + y : r;
    } else {
      const C r = wrap_rem(x, y);
      if constexpr (std::is_signed_v<C>) {
        if (r != C{} && (r < C{}) != (y < C{})) return static_cast<C>(r + y);
      }
      return r;
    }
  }
  static Tensor gradient_x(const Tensor& dz, const Tensor&, const Tensor&, const Tensor&) { return dz; }
  static Tensor gradient_y(const Tensor& dz, const Tensor& x, const Tensor& y, const Tensor&) {
    return -(dz * ops::floor_div(x, y));
  }
};
struct TruncateModFn : Divides {
  static constexpr const char* kName = "Mod";
  template <class C>
  static C apply(C x, C y) {
    if constexpr (std::is_floating_point_v<C>) {
      return std::fmod(x, y);
    } else {
      return wrap_rem(x, y);
    }
  }
  static Tensor gradient_x(const Tensor& dz, const Tensor&, const Tensor&, const Tensor&) { return dz; }
  static Tensor gradient_y(const Tensor& dz, const Tensor& x, const Tensor& y, const Tensor&) {
    return -(dz * truncated_quotient(x, y));
  }
};
struct DivNoNanFn {
  static constexpr const char* kName = "DivNoNan";
  template <class C>
  static C apply(C x, C y) {
    return y == C{} ? C{} : x / y;
  }
  static Tensor gradient_x(const Tensor& dz, const Tensor&, const Tensor& y, const Tensor&) {
    return ops::divide_no_nan(dz, y);
  }
  static Tensor gradient_y(const Tensor& dz, const Tensor& x, const Tensor& y, const Tensor&) {
    return dz * ops::divide_no_nan(ops::divide_no_nan(-x, y), y);
  }
};
struct MulNoNanFn {
  static constexpr const char* kName = "MulNoNan";
  template <class C>
  static C apply(C x, C y) {
    return y == C{} ? C{} : x * y;
  }
  static Tensor gradient_x(const Tensor& dz, const Tensor&, const Tensor& y, const Tensor&) {
    return ops::multiply_no_nan(dz, y);
  }
  static Tensor gradient_y(const Tensor& dz, const Tensor& x, const Tensor&, const Tensor&) {
    return ops::multiply_no_nan(x, dz);
  }
};

}  // namespace
}  // namespace hornbeam

HB_REGISTER(binary_division) {
  using namespace hornbeam;
  add_op(binary_op<DivFn, NumberTypes>());
  add_op(binary_op<DivFn, IntTypes>("TruncateDiv"));
  add_op(binary_op<FloorDivFn, NumberTypes>());
  add_op(binary_op<FloorModFn, NumberTypes>());
  add_op(binary_op<TruncateModFn, NumberTypes>());
  add_op(binary_op<TruncateModFn, NumberTypes>("TruncateMod"));
  add_op(binary_op<DivNoNanFn, FloatTypes>());
  add_op(binary_op<MulNoNanFn, FloatTypes>());
}
