// RGBToHSV, HSVToRGB: colours, in the last dim of a tensor.
#include <algorithm>
#include <cmath>

#include "ops/axes.h"
#include "ops/dispatch.h"
#include "ops/gradient.h"

namespace hornbeam {
namespace {

std::vector<Shape> color_shape(const ShapeContext& c) {
  const auto& s = c.shape(0);
  if (s.has_rank() && s.rank() < 1) throw InvalidArgumentError("input must be at least 1D" + bracketed(s));
  if (s.has_rank() && s.dim(-1) >= 0 && s.dim(-1) != 3) {
    throw InvalidArgumentError("input must have 3 channels but instead has " + std::to_string(s.dim(-1)) +
                               " channels.");
  }
  return {s};
}

template <class C>
void to_hsv(const C* rgb, C* hsv) {
  const C r = rgb[0], g = rgb[1], b = rgb[2];
  const C value = std::max({r, g, b}), range = value - std::min({r, g, b});
  hsv[1] = value > 0 ? range / value : C{0};
  hsv[2] = value;
  hsv[0] = 0;
  if (!(range > 0)) return;
  const C norm = C{1} / (C{6} * range);
  C hue = norm * (r - g) + C{4} / C{6};
  if (r == value) {
    hue = norm * (g - b);
  } else if (g == value) {
    hue = norm * (b - r) + C{2} / C{6};
  }
  hsv[0] = hue < 0 ? hue + 1 : hue;
}

// Every step rounded to T, as TensorFlow computes.
template <class T, class C>
void to_rgb(const C* hsv, C* rgb) {
  const auto r = [](C x) { return static_cast<C>(static_cast<T>(x)); };
  const C h = r(hsv[0] * 6), s = hsv[1], v = hsv[2], rest = r(1 - s);
  const auto from = [&](C middle) { return std::abs(r(h - middle)); };
  const auto unit = [](C x) { return std::clamp(x, C{0}, C{1}); };
  const C share[] = {unit(r(from(3) - 1)), unit(r(2 - from(2))), unit(r(2 - from(4)))};
  for (std::size_t i = 0; i < 3; ++i) rgb[i] = r(rest + r(s * share[i])) * v;
}

template <bool kToHsv>
std::unique_ptr<Kernel> color_kernel(const KernelSpec& spec) {
  const auto pixels = spec.elements(0) / 3;
  const char* op = kToHsv ? "RGBToHSV" : "HSVToRGB";
  return dispatch<FloatTypes>(spec.inputs[0].dtype, op, [&]<class T>() -> std::unique_ptr<Kernel> {
    return make_part_kernel(30.0 * static_cast<double>(pixels), [=](const KernelRun& io, kernels::Part part) {
      const auto share = kernels::slice(pixels, part);
      for (auto i = share.begin; i < share.end; ++i) {
        using C = compute_t<T>;
        const T* x = io.input<T>(0) + i * 3;
        const C in[] = {static_cast<C>(x[0]), static_cast<C>(x[1]), static_cast<C>(x[2])};
        C out[3];
        if constexpr (kToHsv) {
          to_hsv(in, out);
        } else {
          to_rgb<T>(in, out);
        }
        for (std::int64_t k = 0; k < 3; ++k) io.output<T>(0)[i * 3 + k] = static_cast<T>(out[k]);
      }
    });
  });
}

// By the channels that are the largest and the smallest: value = max, saturation = range / max, and the hue is a
// difference of two channels over six ranges. Which of equal channels counts is TensorFlow's choice.
Tensors hsv_gradient(const GradientContext& c) {
  const auto rgb = ops::split(c.input(0), 3, -1), dy = ops::split(c.grad(), 3, -1);
  const auto &r = rgb[0], &g = rgb[1], &b = rgb[2];
  const auto number = [&](const Tensor& condition) { return ops::cast(condition, r.dtype()); };
  const auto both = [&](const Tensor& x, const Tensor& y) { return number(ops::logical_and(x, y)); };
  const auto r_most = both(ops::greater_equal(r, b), ops::greater_equal(r, g));
  const auto g_most = both(ops::greater(g, r), ops::greater_equal(g, b));
  const auto b_most = both(ops::greater(b, r), ops::greater(b, g));
  const auto r_least = both(ops::less(r, b), ops::less(r, g));
  const auto g_least = both(ops::less_equal(g, r), ops::less(g, b));
  const auto b_least = both(ops::less_equal(b, r), ops::less_equal(b, g));
  const auto most = ops::maximum(ops::maximum(r, g), b), least = ops::minimum(ops::minimum(r, g), b);
  const auto range = most - least;
  const auto over_most = ops::divide_no_nan(dy[1], most);
  const auto by_range = ops::divide_no_nan(dy[0], range * 6.0F);
  const auto difference = r_most * (g - b) + g_most * (b - r) + b_most * (r - g);
  const auto by_most =
      dy[2] + over_most * ops::divide_no_nan(least, most) - by_range * ops::divide_no_nan(difference, range);
  const auto by_least = by_range * ops::divide_no_nan(difference, range) - over_most;
  return {ops::concat({r_most * by_most + r_least * by_least + (b_most - g_most) * by_range,
                       g_most * by_most + g_least * by_least + (r_most - b_most) * by_range,
                       b_most * by_most + b_least * by_least + (g_most - r_most) * by_range},
                      -1)};
}

OpDef color_op(const char* name) {
  return OpDef(name).input("images: T").output("output: T").attr("T: type").shape(color_shape);
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(color) {
  using namespace hornbeam;
  add_op(color_op("RGBToHSV").kernel(color_kernel<true>).gradient(hsv_gradient));
  add_op(color_op("HSVToRGB").kernel(color_kernel<false>).no_gradient());  // as in TensorFlow
}
