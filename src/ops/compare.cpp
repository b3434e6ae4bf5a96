// Equal, NotEqual, Less, LessEqual, Greater, GreaterEqual.
#include "ops/binary_op.h"

namespace hornbeam {
namespace {

#define HB_COMPARE(Name, op)                    \
  struct Name##Fn {                             \
    static constexpr const char* kName = #Name; \
    template <class C>                          \
    static bool apply(C x, C y) {               \
      return x op y;                            \
    }                                           \
  }
HB_COMPARE(Equal, ==);
HB_COMPARE(NotEqual, !=);
HB_COMPARE(Less, <);
HB_COMPARE(LessEqual, <=);
HB_COMPARE(Greater, >);
HB_COMPARE(GreaterEqual, >=);
#undef HB_COMPARE

bool compatible(const Shape& a, const Shape& b) {
  try {
    broadcast_shapes(a, b);
    return true;
  } catch (const InvalidArgumentError&) {
    return false;
  }
}

// With incompatible_shape_error=false, shapes that do not broadcast are simply unequal: one scalar answer.
std::vector<Shape> equal_shape(const ShapeContext& c) {
  if (c.attrs().b("incompatible_shape_error")) return broadcast_shape(c);
  if (!compatible(c.shape(0), c.shape(1))) return {Shape{}};
  if (!c.shape(0).is_fully_known() || !c.shape(1).is_fully_known()) return {Shape::unknown()};
  return broadcast_shape(c);
}

template <class Fn>
std::unique_ptr<Kernel> equal_kernel(const KernelSpec& spec) {
  if (!compatible(spec.inputs[0].shape, spec.inputs[1].shape)) {
    return make_kernel([](const KernelRun& io) { *io.output<bool>(0) = std::is_same_v<Fn, NotEqualFn>; });
  }
  return binary_kernel<Fn, AllTypes, true>(spec);
}

template <class Fn>
OpDef equality_op() {
  return binary_op<Fn, AllTypes, true>()
      .attr("incompatible_shape_error: bool = true")
      .shape(equal_shape)
      .kernel(equal_kernel<Fn>);
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(compare) {
  using namespace hornbeam;
  add_op(equality_op<EqualFn>());
  add_op(equality_op<NotEqualFn>());
  add_op(binary_op<LessFn, NumberTypes, true>());
  add_op(binary_op<LessEqualFn, NumberTypes, true>());
  add_op(binary_op<GreaterFn, NumberTypes, true>());
  add_op(binary_op<GreaterEqualFn, NumberTypes, true>());
}
