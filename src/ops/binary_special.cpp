// Pow, Atan2, Xlogy, Xlog1py, Xdivy.
#include <cmath>

#include "ops/binary_op.h"
#include "ops/integer_math.h"

namespace hornbeam {
namespace {

struct PowFn {
  static constexpr const char* kName = "Pow";
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
};
struct Atan2Fn {
  static constexpr const char* kName = "Atan2";
  template <class C>
  static C apply(C y, C x) {
    return std::atan2(y, x);
  }
};
struct XlogyFn {
  static constexpr const char* kName = "Xlogy";
  template <class C>
  static C apply(C x, C y) {
    return x == C{} ? C{} : x * std::log(y);
  }
};
struct Xlog1pyFn {
  static constexpr const char* kName = "Xlog1py";
  template <class C>
  static C apply(C x, C y) {
    return x == C{} ? C{} : x * std::log1p(y);
  }
};
struct XdivyFn {
  static constexpr const char* kName = "Xdivy";
  template <class C>
  static C apply(C x, C y) {
    return x == C{} ? C{} : x / y;
  }
};

// Integers cannot be raised to a negative power: said before anything is computed.
std::unique_ptr<Kernel> pow_kernel(const KernelSpec& spec) {
  if (is_floating(spec.inputs[0].dtype)) return binary_kernel<PowFn, FloatTypes, false>(spec);
  const BroadcastPlan plan(spec.inputs[0].shape, spec.inputs[1].shape, spec.outputs[0].shape);
  const auto total = spec.elements(0), exponents = spec.inputs[1].shape.num_elements();
  return dispatch<IntTypes>(spec.inputs[0].dtype, "Pow", [&]<class T>() -> std::unique_ptr<Kernel> {
    return make_kernel([plan, total, exponents](const KernelRun& io) {
      const T* y = io.input<T>(1);
      for (std::int64_t i = 0; i < exponents && total > 0; ++i) {
        if (std::is_signed_v<T> && y[i] < T{}) {
          throw InvalidArgumentError("Integers to negative integer powers are not allowed");
        }
      }
      detail::binary_rows<PowFn, T, T>(plan, io.input<T>(0), y, io.output<T>(0), 0, total);
    });
  });
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(binary_special) {
  using namespace hornbeam;
  add_op(binary_op<PowFn, FloatTypes>().kernel(pow_kernel));
  add_op(binary_op<Atan2Fn, FloatTypes>("Atan2", "y: T", "x: T"));
  add_op(binary_op<XlogyFn, FloatTypes>());
  add_op(binary_op<Xlog1pyFn, FloatTypes>());
  add_op(binary_op<XdivyFn, FloatTypes>());
}
