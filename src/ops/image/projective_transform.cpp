// ImageProjectiveTransformV3: each output pixel is read from where a projection of its place falls in the input.
// ImageProjectiveTransformV2, all that TensorFlow 2.2 has, is one that fills with zeros.
#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>

#include "ops/dispatch.h"
#include "ops/gradient.h"
#include "ops/shape_math.h"

namespace hornbeam {
namespace {

std::vector<Shape> transformed_shape(const ShapeContext& c) {
  const auto& in = c.shape(0);
  require_rank(in, 4, "ImageProjectiveTransformV3", "images");
  require_rank(c.shape(1), 2, "ImageProjectiveTransformV3", "transforms");
  require_rank(c.shape(2), 1, "ImageProjectiveTransformV3", "output_shape");
  if (c.num_inputs() > 3) require_rank(c.shape(3), 0, "ImageProjectiveTransformV3", "fill_value");
  Shape out = in.has_rank() ? in : Shape{None, None, None, None};
  out[1] = out[2] = None;
  if (const auto size = c.ints(2)) {
    if (size->size() != 2) throw InvalidArgumentError("output shape must have two elements: " + c.shape(2).to_string());
    if ((*size)[0] <= 0 || (*size)[1] <= 0) throw InvalidArgumentError("new dimensions must be positive");
    out[1] = (*size)[0];
    out[2] = (*size)[1];
  }
  const auto& t = c.shape(1);
  if (t.is_fully_known() && (t[1] != 8 || (in.has_rank() && in[0] >= 0 && t[0] != 1 && t[0] != in[0]))) {
    throw InvalidArgumentError("Input transform should be num_images x 8 or 1 x 8");
  }
  return {out};
}

// As T, what does not fit at the edge of what does.
template <class T>
T stored(float v) {
  if constexpr (std::is_integral_v<T>) {
    if (std::isnan(v)) return 0;
    const auto low = static_cast<double>(std::numeric_limits<T>::min());
    const auto high = static_cast<double>(std::numeric_limits<T>::max());
    if (static_cast<double>(v) <= low) return std::numeric_limits<T>::min();
    if (static_cast<double>(v) >= high) return std::numeric_limits<T>::max();
  }
  return static_cast<T>(v);
}

enum class FillMode { constant, reflect, wrap, nearest };

FillMode fill_mode(const Attrs& attrs) {
  const auto& mode = attrs.s("fill_mode");
  if (mode == "CONSTANT") return FillMode::constant;
  if (mode == "REFLECT") return FillMode::reflect;
  if (mode == "WRAP") return FillMode::wrap;
  if (mode == "NEAREST") return FillMode::nearest;
  throw InvalidArgumentError("Invalid mode " + mode);
}

// A coordinate brought into [0, size - 1] as the mode says; `constant` leaves it outside.
float mapped(FillMode mode, float x, std::int64_t size) {
  const auto n = static_cast<float>(size);
  switch (mode) {
    case FillMode::constant:
      return x;
    case FillMode::reflect: {  // d c b a | a b c d | d c b a
      float in = x;
      if (in < 0) {
        if (size <= 1) {
          in = 0;
        } else {
          const float twice = 2 * n;
          if (in < twice) in += twice * static_cast<float>(static_cast<std::int64_t>(-in / twice));
          in = in < -n ? in + twice : -in - 1;
        }
      } else if (in > n - 1) {
        if (size <= 1) {
          in = 0;
        } else {
          const float twice = 2 * n;
          in -= twice * static_cast<float>(static_cast<std::int64_t>(in / twice));
          if (in >= n) in = twice - in - 1;
        }
      }
      return std::clamp(in, 0.0F, n - 1);
    }
    case FillMode::wrap: {  // a b c d | a b c d
      float in = x;
      if (in < 0) {
        if (size <= 1) {
          in = 0;
        } else {
          in += n * (static_cast<float>(static_cast<std::int64_t>(-in / (n - 1))) + 1);
        }
      } else if (in > n - 1) {
        if (size <= 1) {
          in = 0;
        } else {
          in -= n * static_cast<float>(static_cast<std::int64_t>(in / (n - 1)));
        }
      }
      return std::clamp(in, 0.0F, n - 1);
    }
    case FillMode::nearest:
      return std::clamp(x, 0.0F, n - 1);
  }
  return x;
}

template <class T>
struct Image {
  const T* data;
  std::int64_t height, width, channels;
  float fill;
  float at(std::int64_t y, std::int64_t x, std::int64_t c) const {
    if (y < 0 || y >= height || x < 0 || x >= width) return fill;
    return static_cast<float>(data[(y * width + x) * channels + c]);
  }
};

std::unique_ptr<Kernel> transform_kernel(const KernelSpec& spec) {
  const auto in = spec.inputs[0].shape, out = spec.outputs[0].shape;
  if (out.num_elements() == 0 || in.num_elements() == 0) {
    if (out.num_elements() > 0) throw InvalidArgumentError("input image must be of non-zero size");
    return make_kernel([](const KernelRun&) {});
  }
  const auto mode = fill_mode(spec.attrs);
  const auto& interpolation = spec.attrs.s("interpolation");
  const bool linear = interpolation == "BILINEAR";
  if (!linear && interpolation != "NEAREST") throw InvalidArgumentError("Invalid interpolation " + interpolation);
  const auto& rows = spec.inputs[1].shape;
  if (rows[1] != 8 || (rows[0] != 1 && rows[0] != in[0]) || out[0] != in[0] || out[3] != in[3]) {
    throw InvalidArgumentError("Input transform should be num_images x 8 or 1 x 8");
  }
  const bool one = rows[0] == 1, filled = spec.inputs.size() > 3;
  // Coordinates beyond this cannot be in an image (and would not fit an index).
  constexpr float kFar = 1e9F;
  return dispatch<Types<float, double, Float16, BFloat16, std::uint8_t, std::int32_t, std::int64_t>>(
      spec.inputs[0].dtype, "ImageProjectiveTransformV3", [&]<class T>() -> std::unique_ptr<Kernel> {
        return make_part_kernel(
            20.0 * static_cast<double>(out.num_elements()), [=](const KernelRun& io, kernels::Part part) {
              const auto share = kernels::slice(in[0] * out[1], part);
              for (auto row = share.begin; row < share.end; ++row) {
                const auto n = row / out[1], y = row % out[1];
                const float* t = io.input<float>(1) + (one ? 0 : n * 8);
                const Image<T> image{io.input<T>(0) + n * in[1] * in[2] * in[3], in[1], in[2], in[3],
                                     filled ? io.input<float>(3)[0] : 0.0F};
                T* to = io.output<T>(0) + row * out[2] * out[3];
                for (std::int64_t x = 0; x < out[2]; ++x, to += out[3]) {
                  const auto fx = static_cast<float>(x), fy = static_cast<float>(y);
                  const float w = t[6] * fx + t[7] * fy + 1.0F;
                  const float at_x = (t[0] * fx + t[1] * fy + t[2]) / w, at_y = (t[3] * fx + t[4] * fy + t[5]) / w;
                  if (w == 0 || !(std::fabs(at_x) < kFar && std::fabs(at_y) < kFar)) {
                    std::fill_n(to, out[3], stored<T>(image.fill));
                    continue;
                  }
                  const float px = mapped(mode, at_x, in[2]), py = mapped(mode, at_y, in[1]);
                  if (!linear) {
                    const auto iy = static_cast<std::int64_t>(std::round(py));
                    const auto ix = static_cast<std::int64_t>(std::round(px));
                    for (std::int64_t c = 0; c < out[3]; ++c) to[c] = stored<T>(image.at(iy, ix, c));
                    continue;
                  }
                  const float y0 = std::floor(py), x0 = std::floor(px), sy = py - y0, sx = px - x0;
                  const auto iy = static_cast<std::int64_t>(y0), ix = static_cast<std::int64_t>(x0);
                  for (std::int64_t c = 0; c < out[3]; ++c) {
                    const float top = (1 - sx) * image.at(iy, ix, c) + sx * image.at(iy, ix + 1, c);
                    const float bottom = (1 - sx) * image.at(iy + 1, ix, c) + sx * image.at(iy + 1, ix + 1, c);
                    to[c] = stored<T>((1 - sy) * top + sy * bottom);
                  }
                }
              }
            });
      });
}

// The projections back: of [n, 8] rows as 3 x 3 matrices the inverses, scaled so that the last element is one.
Tensor inverse(const Tensor& transforms) {
  const auto m = ops::unstack(ops::reshape(transforms, {None, 8}), 1);
  const auto &a0 = m[0], &a1 = m[1], &a2 = m[2], &b0 = m[3], &b1 = m[4], &b2 = m[5], &c0 = m[6], &c1 = m[7];
  const auto last = a0 * b1 - a1 * b0;
  const auto flat = ops::stack({b1 - b2 * c1, a2 * c1 - a1, a1 * b2 - a2 * b1, b2 * c0 - b0, a0 - a2 * c0,
                                a2 * b0 - a0 * b2, b0 * c1 - b1 * c0, a1 * c0 - a0 * c1},
                               1);
  return flat / ops::expand_dims(last, 1);
}

// As TensorFlow: the gradient of the output transformed back.
Tensors transform_gradient(const GradientContext& c) {
  const auto size = ops::slice(ops::shape(c.input(0)), {1}, {2});
  const auto attrs = pick(c.attrs(), {"interpolation", "fill_mode"});
  if (c.num_inputs() == 3) {
    return {call_op1("ImageProjectiveTransformV2", {c.grad(), inverse(c.input(1)), size}, attrs), {}, {}};
  }
  auto back =
      call_op1("ImageProjectiveTransformV3", {c.grad(), inverse(c.input(1)), size, Tensor::scalar(0.0F)}, attrs);
  return {std::move(back), {}, {}, {}};
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(projective_transform) {
  using namespace hornbeam;
  add_op(OpDef("ImageProjectiveTransformV2")
             .input("images: dtype")
             .input("transforms: float")
             .input("output_shape: int32")
             .output("transformed_images: dtype")
             .attr("dtype: type")
             .attr("interpolation: string")
             .attr("fill_mode: string = 'CONSTANT'")
             .shape(transformed_shape)
             .kernel(transform_kernel)
             .gradient(transform_gradient));
  add_op(OpDef("ImageProjectiveTransformV3")
             .input("images: dtype")
             .input("transforms: float")
             .input("output_shape: int32")
             .input("fill_value: float")
             .output("transformed_images: dtype")
             .attr("dtype: type")
             .attr("interpolation: string")
             .attr("fill_mode: string = 'CONSTANT'")
             .shape(transformed_shape)
             .kernel(transform_kernel)
             .gradient(transform_gradient));
}
