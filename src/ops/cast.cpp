// Cast between all numeric dtypes and bool.
#include <bit>

#include "ops/broadcast.h"
#include "ops/dispatch.h"
#include "ops/float_to_int.h"
#include "ops/gradient.h"

namespace hornbeam {
namespace {

template <class S, class D>
D cast_value(S x) {
  using C = compute_t<S>;
  if constexpr (std::is_same_v<S, D>) {
    return x;
  } else if constexpr (std::is_same_v<D, Float16> || std::is_same_v<D, BFloat16>) {
    return D(static_cast<float>(static_cast<C>(x)));
  } else if constexpr (std::is_floating_point_v<D>) {
    return static_cast<D>(static_cast<C>(x));
  } else if constexpr (std::is_floating_point_v<C>) {
    return float_to<D>(static_cast<C>(x));
  } else {
    return static_cast<D>(x);
  }
}

// Mantissa bits that D has fewer than S: what Truncate drops instead of rounding.
template <class T>
constexpr int kMantissa = std::is_same_v<T, double>     ? 52
                          : std::is_same_v<T, float>    ? 23
                          : std::is_same_v<T, Float16>  ? 10
                          : std::is_same_v<T, BFloat16> ? 7
                                                        : 64;

template <class S, class D>
constexpr int kDrop = std::is_floating_point_v<S> ? kMantissa<S> - kMantissa<D> : 0;

template <int kBits, class S>
S drop_bits(S x) {
  using U = std::conditional_t<sizeof(S) == 8, std::uint64_t, std::uint32_t>;
  return std::bit_cast<S>(static_cast<U>(std::bit_cast<U>(x) & ~((U{1} << kBits) - 1)));
}

using CastLoop = void (*)(const void* x, void* y, std::int64_t n);

template <class S, class D, bool kTruncate>
void cast_loop(const void* px, void* py, std::int64_t n) {
  const S* x = static_cast<const S*>(px);
  D* y = static_cast<D*>(py);
  for (std::int64_t i = 0; i < n; ++i) {
    if constexpr (kTruncate) {
      y[i] = cast_value<S, D>(drop_bits<kDrop<S, D>>(x[i]));
    } else {
      y[i] = cast_value<S, D>(x[i]);
    }
  }
}

std::unique_ptr<Kernel> cast_kernel(const KernelSpec& spec) {
  const auto n = spec.elements(0);
  const bool truncate = spec.attrs.b("Truncate");
  const auto from = spec.inputs[0].dtype, to = spec.outputs[0].dtype;
  if (from == DType::string && to == DType::string) {
    return make_kernel(
        [n](const KernelRun& io) { std::copy_n(io.input<std::string>(0), n, io.output<std::string>(0)); });
  }
  if (from == DType::string || to == DType::string) {
    throw NotImplementedError("Cast " + std::string(name_of(from)) + " to " + std::string(name_of(to)) +
                              " is not supported");
  }
  const auto loop = dispatch<NumberAndBoolTypes>(from, "Cast", [&]<class S>() {
    return dispatch<NumberAndBoolTypes>(to, "Cast", [&]<class D>() -> CastLoop {
      if constexpr (kDrop < S, D >> 0) {
        if (truncate) return cast_loop<S, D, true>;
      }
      return cast_loop<S, D, false>;
    });
  });
  return make_kernel([n, loop](const KernelRun& io) { loop(io.in[0], io.out[0], n); });
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(cast) {
  using namespace hornbeam;
  add_op(OpDef("Cast")
             .input("x: SrcT")
             .output("y: DstT")
             .attr("SrcT: type")
             .attr("DstT: type")
             .attr("Truncate: bool = false")
             .shape(same_shape)
             .kernel(cast_kernel)
             .gradient([](const GradientContext& c) -> Tensors {
               const auto from = c.input(0).dtype();
               if (!is_floating(from) || !is_floating(c.output().dtype())) return {{}};
               return {ops::cast(c.grad(), from)};
             }));
}
