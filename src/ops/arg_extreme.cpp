// ArgMax and ArgMin: the index of the largest (smallest) element along a dim, the first among equals.
#include "ops/axes.h"
#include "ops/dispatch.h"
#include "ops/op_def.h"

namespace hornbeam {
namespace {

std::size_t axis_of(std::int64_t axis, std::size_t rank) {
  if (const auto found = axis_from_front(axis, rank)) return *found;
  const auto n = static_cast<std::int64_t>(rank);
  throw InvalidArgumentError("Expected dimension in the range [" + std::to_string(-n) + ", " + std::to_string(n) +
                             "), but got " + std::to_string(axis));
}

std::int64_t single(const std::vector<std::int64_t>& values) {
  if (values.size() != 1) {
    throw InvalidArgumentError("dim must be a scalar, but received tensor of " + std::to_string(values.size()) +
                               " elements");
  }
  return values[0];
}

std::vector<Shape> arg_shape(const ShapeContext& c) {
  const auto& in = c.shape(0);
  const auto axis = c.ints(1);
  if (!in.has_rank()) return {Shape::unknown()};
  if (in.rank() == 0) return {Shape{}};
  if (!axis) return {Shape(std::vector<std::int64_t>(in.rank() - 1, None))};
  const auto at = axis_of(single(*axis), in.rank());
  Shape out;
  for (std::size_t i = 0; i < in.rank(); ++i) {
    if (i != at) out.push_back(in[i]);
  }
  return {out};
}

template <bool kMax, class T, class I>
void find_extremes(const T* x, I* y, std::int64_t outer, std::int64_t n, std::int64_t inner) {
  using C = compute_t<T>;
  for (std::int64_t o = 0; o < outer; ++o) {
    for (std::int64_t i = 0; i < inner; ++i) {
      const T* p = x + o * n * inner + i;
      C best = static_cast<C>(p[0]);
      std::int64_t at = 0;
      for (std::int64_t j = 1; j < n; ++j) {
        const C v = static_cast<C>(p[j * inner]);
        if (kMax ? v > best : v < best) {
          best = v;
          at = j;
        }
      }
      y[o * inner + i] = static_cast<I>(at);
    }
  }
}

template <bool kMax>
std::unique_ptr<Kernel> arg_kernel(const KernelSpec& spec) {
  const char* op = kMax ? "ArgMax" : "ArgMin";
  const auto& in = spec.inputs[0].shape;
  std::int64_t outer = 1, n = 1, inner = 1;
  if (in.rank() > 0) {
    const auto at = axis_of(single(spec.ints(1)), in.rank());
    for (std::size_t i = 0; i < at; ++i) outer *= in[i];
    for (std::size_t i = at + 1; i < in.rank(); ++i) inner *= in[i];
    n = in[at];
    if (n == 0) {
      throw InvalidArgumentError("Reduction axis " + std::to_string(at) + " is empty in shape " + bracketed(in));
    }
  }
  return dispatch<NumberAndBoolTypes>(spec.inputs[0].dtype, op, [&]<class T>() -> std::unique_ptr<Kernel> {
    return dispatch<Types<std::int64_t, std::int32_t, std::int16_t, std::uint16_t>>(
        spec.outputs[0].dtype, op, [&]<class I>() -> std::unique_ptr<Kernel> {
          return make_kernel(
              [=](const KernelRun& io) { find_extremes<kMax>(io.input<T>(0), io.output<I>(0), outer, n, inner); });
        });
  });
}

template <bool kMax>
OpDef arg_op(const char* name) {
  return OpDef(name)
      .input("input: T")
      .input("dimension: Tidx")
      .output("output: output_type")
      .attr("T: type")
      .attr("Tidx: type = int32")
      .attr("output_type: type = int64")
      .shape(arg_shape)
      .kernel(arg_kernel<kMax>)
      .no_gradient();
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(arg_extreme) {
  using namespace hornbeam;
  add_op(arg_op<true>("ArgMax"));
  add_op(arg_op<false>("ArgMin"));
}
