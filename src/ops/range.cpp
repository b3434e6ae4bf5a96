// Range, LinSpace.
#include <cmath>

#include "ops/dispatch.h"
#include "ops/int_values.h"
#include "ops/integer_math.h"
#include "ops/shape_math.h"

namespace hornbeam {
namespace {

using RangeTypes = NumberTypes;

template <class T>
std::int64_t range_size(T start, T limit, T delta) {
  using C = compute_t<T>;
  const C a = static_cast<C>(start), b = static_cast<C>(limit), d = static_cast<C>(delta);
  const auto text = [](C v) {
    if constexpr (std::is_floating_point_v<C>) {
      auto s = std::to_string(v);
      s.erase(s.find_last_not_of('0') + 1);
      if (s.back() == '.') s.pop_back();
      return s;
    } else {
      return std::to_string(v);
    }
  };
  if (!(d != C{})) throw InvalidArgumentError("Requires delta != 0: " + text(d));
  if (d > C{} && a > b) {
    throw InvalidArgumentError("Requires start <= limit when delta > 0: " + text(a) + "/" + text(b));
  }
  if (d < C{} && a < b) {
    throw InvalidArgumentError("Requires start >= limit when delta < 0: " + text(a) + "/" + text(b));
  }
  if constexpr (std::is_floating_point_v<C>) {
    const auto size = std::ceil(std::abs((b - a) / d));
    if (!(size <= static_cast<C>(std::int64_t{1} << 62))) {
      throw InvalidArgumentError("Requires ((limit - start) / delta) <= 9223372036854775807");
    }
    return static_cast<std::int64_t>(size);
  } else {
    // Unsigned, so that the widest ranges and steps fit.
    const auto low = static_cast<std::uint64_t>(d > C{} ? a : b), high = static_cast<std::uint64_t>(d > C{} ? b : a);
    const auto length = high - low;
    const auto step = d > C{} ? static_cast<std::uint64_t>(d) : std::uint64_t{} - static_cast<std::uint64_t>(d);
    const auto size = length / step + (length % step != 0 ? 1 : 0);
    if (size > static_cast<std::uint64_t>(std::int64_t{1} << 62)) {
      throw InvalidArgumentError("Requires ((limit - start) / delta) <= 9223372036854775807");
    }
    return static_cast<std::int64_t>(size);
  }
}

std::vector<Shape> range_shape(const ShapeContext& c) {
  constexpr const char* kNames[] = {"start", "limit", "delta"};
  for (std::size_t i = 0; i < 3; ++i) require_rank(c.shape(i), 0, "Range", kNames[i]);
  if (!c.value(0) || !c.value(1) || !c.value(2)) return {Shape{None}};
  return dispatch<RangeTypes>(c.dtype(0), "Range", [&]<class T>() -> std::vector<Shape> {
    return {Shape{range_size(c.value(0)->item<T>(), c.value(1)->item<T>(), c.value(2)->item<T>())}};
  });
}

std::unique_ptr<Kernel> range_kernel(const KernelSpec& spec) {
  const auto n = spec.elements(0);
  return dispatch<RangeTypes>(spec.outputs[0].dtype, "Range", [&]<class T>() -> std::unique_ptr<Kernel> {
    return make_kernel([n](const KernelRun& io) {
      const T start = *io.input<T>(0), delta = *io.input<T>(2);
      if (range_size(start, *io.input<T>(1), delta) != n) {
        throw InvalidArgumentError("Range: the number of elements is not " + std::to_string(n));
      }
      T* y = io.output<T>(0);
      T value = start;
      for (std::int64_t i = 0; i < n; ++i) {
        y[i] = value;
        // Summed up as TensorFlow does; the rounding is the dtype's at each step.
        value = static_cast<T>(wrap_add(static_cast<compute_t<T>>(value), static_cast<compute_t<T>>(delta)));
      }
    });
  });
}

std::vector<Shape> lin_space_shape(const ShapeContext& c) {
  require_rank(c.shape(0), 0, "LinSpace", "start");
  require_rank(c.shape(1), 0, "LinSpace", "stop");
  const auto num = known_scalar(c, 2, "num");
  if (!num) return {Shape{None}};
  if (*num <= 0) throw InvalidArgumentError("Requires num > 0: " + std::to_string(*num));
  return {Shape{*num}};
}

std::unique_ptr<Kernel> lin_space_kernel(const KernelSpec& spec) {
  const auto n = spec.elements(0);
  return dispatch<FloatTypes>(spec.outputs[0].dtype, "LinSpace", [&]<class T>() -> std::unique_ptr<Kernel> {
    return make_kernel([n](const KernelRun& io) {
      using C = compute_t<T>;
      const C start = static_cast<C>(*io.input<T>(0)), stop = static_cast<C>(*io.input<T>(1));
      T* y = io.output<T>(0);
      const C step = n > 1 ? (stop - start) / static_cast<C>(n - 1) : C{};
      for (std::int64_t i = 0; i < n; ++i) y[i] = static_cast<T>(start + step * static_cast<C>(i));
      if (n > 1) y[n - 1] = *io.input<T>(1);
    });
  });
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(range) {
  using namespace hornbeam;
  add_op(OpDef("Range")
             .input("start: Tidx")
             .input("limit: Tidx")
             .input("delta: Tidx")
             .output("output: Tidx")
             .attr("Tidx: type = int32")
             .shape(range_shape)
             .kernel(range_kernel)
             .no_gradient());
  add_op(OpDef("LinSpace")
             .input("start: T")
             .input("stop: T")
             .input("num: Tidx")
             .output("output: T")
             .attr("T: type")
             .attr("Tidx: type = int32")
             .shape(lin_space_shape)
             .kernel(lin_space_kernel)
             .no_gradient());
}
