// LogicalAnd, LogicalOr, LogicalNot; BitwiseAnd, BitwiseOr, BitwiseXor, Invert, LeftShift, RightShift.
#include "ops/binary_op.h"
#include "ops/unary_op.h"

namespace hornbeam {
namespace {

struct AndFn {
  static constexpr const char* kName = "LogicalAnd";
  template <class C>
  static bool apply(C x, C y) {
    return x && y;
  }
};
struct OrFn {
  static constexpr const char* kName = "LogicalOr";
  template <class C>
  static bool apply(C x, C y) {
    return x || y;
  }
};
struct NotFn {
  static constexpr const char* kName = "LogicalNot";
  template <class C>
  static bool apply(C x) {
    return !x;
  }
};
struct BitwiseAndFn {
  static constexpr const char* kName = "BitwiseAnd";
  template <class C>
  static C apply(C x, C y) {
    return static_cast<C>(x & y);
  }
};
struct BitwiseOrFn {
  static constexpr const char* kName = "BitwiseOr";
  template <class C>
  static C apply(C x, C y) {
    return static_cast<C>(x | y);
  }
};
struct BitwiseXorFn {
  static constexpr const char* kName = "BitwiseXor";
  template <class C>
  static C apply(C x, C y) {
    return static_cast<C>(x ^ y);
  }
};
struct InvertFn {
  static constexpr const char* kName = "Invert";
  template <class C>
  static C apply(C x) {
    return static_cast<C>(~x);
  }
};

// Shifts beyond the width are clamped to it, as TensorFlow does to avoid undefined behaviour.
template <class C>
int shift_of(C y) {
  constexpr int kMost = static_cast<int>(sizeof(C) * 8 - 1);
  if (y < C{}) return 0;
  return y > static_cast<C>(kMost) ? kMost : static_cast<int>(y);
}
struct LeftShiftFn {
  static constexpr const char* kName = "LeftShift";
  template <class C>
  static C apply(C x, C y) {
    using U = std::make_unsigned_t<C>;
    return static_cast<C>(static_cast<std::uint64_t>(static_cast<U>(x)) << shift_of(y));
  }
};
struct RightShiftFn {
  static constexpr const char* kName = "RightShift";
  template <class C>
  static C apply(C x, C y) {
    return static_cast<C>(x >> shift_of(y));
  }
};

template <class Fn>
OpDef logical_op() {
  return OpDef(Fn::kName)
      .input("x: bool")
      .input("y: bool")
      .output("z: bool")
      .shape(broadcast_shape)
      .kernel(binary_kernel<Fn, Types<bool>, true>)
      .elementwise()
      .no_gradient();
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(logical) {
  using namespace hornbeam;
  add_op(logical_op<AndFn>());
  add_op(logical_op<OrFn>());
  add_op(OpDef("LogicalNot")
             .input("x: bool")
             .output("y: bool")
             .shape(same_shape)
             .kernel(unary_kernel<NotFn, Types<bool>, true>)
             .elementwise()
             .no_gradient());
  add_op(binary_op<BitwiseAndFn, IntTypes>());
  add_op(binary_op<BitwiseOrFn, IntTypes>());
  add_op(binary_op<BitwiseXorFn, IntTypes>());
  add_op(binary_op<LeftShiftFn, IntTypes>());
  add_op(binary_op<RightShiftFn, IntTypes>());
  add_op(unary_op<InvertFn, IntTypes>());
}
