// AddV2, Sub, Mul, RealDiv, Maximum, Minimum, SquaredDifference and their older names.
#include "ops/binary_op.h"
#include "ops/integer_math.h"

namespace hornbeam {
namespace {

// dz where the condition is `wanted`, else 0.
Tensor where_else_zero(const Tensor& condition, const Tensor& dz, bool wanted) {
  const auto zero = ops::scalar(dz.dtype(), 0.0);
  return wanted ? ops::where(condition, dz, zero) : ops::where(condition, zero, dz);
}

struct AddFn {
  static constexpr const char* kName = "AddV2";
  static constexpr kernels::Binary kFast = kernels::Binary::kAdd;
  template <class C>
  static C apply(C x, C y) {
    return wrap_add(x, y);
  }
  static Tensor gradient_x(const Tensor& dz, const Tensor&, const Tensor&, const Tensor&) { return dz; }
  static Tensor gradient_y(const Tensor& dz, const Tensor&, const Tensor&, const Tensor&) { return dz; }
};
// "Add" also joins strings.
struct AddOrJoinFn {
  static constexpr const char* kName = "Add";
  static constexpr kernels::Binary kFast = kernels::Binary::kAdd;
  template <class C>
  static auto apply(C x, C y) {
    if constexpr (std::is_arithmetic_v<C>) {
      return wrap_add(x, y);
    } else {
      return x + y;
    }
  }
  static Tensor gradient_x(const Tensor& dz, const Tensor&, const Tensor&, const Tensor&) { return dz; }
  static Tensor gradient_y(const Tensor& dz, const Tensor&, const Tensor&, const Tensor&) { return dz; }
};
struct SubFn {
  static constexpr const char* kName = "Sub";
  static constexpr kernels::Binary kFast = kernels::Binary::kSub;
  template <class C>
  static C apply(C x, C y) {
    return wrap_sub(x, y);
  }
  static Tensor gradient_x(const Tensor& dz, const Tensor&, const Tensor&, const Tensor&) { return dz; }
  static Tensor gradient_y(const Tensor& dz, const Tensor&, const Tensor&, const Tensor&) { return -dz; }
};
struct MulFn {
  static constexpr const char* kName = "Mul";
  static constexpr kernels::Binary kFast = kernels::Binary::kMul;
  template <class C>
  static C apply(C x, C y) {
    return wrap_mul(x, y);
  }
  static Tensor gradient_x(const Tensor& dz, const Tensor&, const Tensor& y, const Tensor&) { return dz * y; }
  static Tensor gradient_y(const Tensor& dz, const Tensor& x, const Tensor&, const Tensor&) { return x * dz; }
};
struct RealDivFn {
  static constexpr const char* kName = "RealDiv";
  static constexpr kernels::Binary kFast = kernels::Binary::kDiv;
  template <class C>
  static C apply(C x, C y) {
    return x / y;
  }
  static Tensor gradient_x(const Tensor& dz, const Tensor&, const Tensor& y, const Tensor&) { return dz / y; }
  static Tensor gradient_y(const Tensor& dz, const Tensor& x, const Tensor& y, const Tensor&) {
    return dz * (-x / y / y);
  }
};
struct SquaredDifferenceFn {
  static constexpr const char* kName = "SquaredDifference";
  static constexpr kernels::Binary kFast = kernels::Binary::kSquaredDifference;
  template <class C>
  static C apply(C x, C y) {
    const C d = wrap_sub(x, y);
    return wrap_mul(d, d);
  }
  static Tensor gradient_x(const Tensor& dz, const Tensor& x, const Tensor& y, const Tensor&) {
    return dz * 2 * (x - y);
  }
  static Tensor gradient_y(const Tensor& dz, const Tensor& x, const Tensor& y, const Tensor&) {
    return -(dz * 2 * (x - y));
  }
};
// NaN in either input is the result.
struct MaximumFn {
  static constexpr const char* kName = "Maximum";
  static constexpr kernels::Binary kFast = kernels::Binary::kMaximum;
  template <class C>
  static C apply(C x, C y) {
    if constexpr (std::is_floating_point_v<C>) return x > y || x != x ? x : y;
    return x > y ? x : y;
  }
  static Tensor gradient_x(const Tensor& dz, const Tensor& x, const Tensor& y, const Tensor&) {
    return where_else_zero(ops::greater_equal(x, y), dz, true);
  }
  static Tensor gradient_y(const Tensor& dz, const Tensor& x, const Tensor& y, const Tensor&) {
    return where_else_zero(ops::greater_equal(x, y), dz, false);
  }
};
struct MinimumFn {
  static constexpr const char* kName = "Minimum";
  static constexpr kernels::Binary kFast = kernels::Binary::kMinimum;
  template <class C>
  static C apply(C x, C y) {
    if constexpr (std::is_floating_point_v<C>) return x < y || x != x ? x : y;
    return x < y ? x : y;
  }
  static Tensor gradient_x(const Tensor& dz, const Tensor& x, const Tensor& y, const Tensor&) {
    return where_else_zero(ops::less_equal(x, y), dz, true);
  }
  static Tensor gradient_y(const Tensor& dz, const Tensor& x, const Tensor& y, const Tensor&) {
    return where_else_zero(ops::less_equal(x, y), dz, false);
  }
};

}  // namespace
}  // namespace hornbeam

HB_REGISTER(binary_arithmetic) {
  using namespace hornbeam;
  using NumberAndStringTypes =
      Types<float, double, Float16, BFloat16, std::int8_t, std::int16_t, std::int32_t, std::int64_t, std::uint8_t,
            std::uint16_t, std::uint32_t, std::uint64_t, std::string>;
  add_op(binary_op<AddFn, NumberTypes>());
  add_op(binary_op<AddOrJoinFn, NumberAndStringTypes>());
  add_op(binary_op<SubFn, NumberTypes>());
  add_op(binary_op<MulFn, NumberTypes>());
  add_op(binary_op<RealDivFn, FloatTypes>());
  add_op(binary_op<SquaredDifferenceFn, SignedTypes>());
  add_op(binary_op<MaximumFn, NumberTypes>());
  add_op(binary_op<MinimumFn, NumberTypes>());
}
