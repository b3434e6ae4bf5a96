// DepthwiseConv2dNative: each input channel has its own `multiplier` filters; output channel c * multiplier + m.
#include "base/checked_math.h"
#include "ops/conv_gradient.h"

namespace hornbeam {
namespace {

constexpr const char* kOp = DepthwiseNames::kForward;

std::vector<Shape> depthwise_shape(const ShapeContext& c) {
  const auto attrs = window_attrs(c.attrs(), 4, kOp);
  check_rank(c.shape(0), 4, "input");
  check_rank(c.shape(1), 4, "filter");
  const Shape any{None, None, None, None};
  const Shape& in = c.shape(0).has_rank() ? c.shape(0) : any;
  const Shape& filter = c.shape(1).has_rank() ? c.shape(1) : any;
  const auto channels = in[attrs.layout.channel()] >= 0 ? in[attrs.layout.channel()] : filter[2];
  if (channels >= 0 && filter[2] >= 0 && channels != filter[2]) {
    throw InvalidArgumentError("input and filter must have the same depth: " + std::to_string(channels) + " vs " +
                               std::to_string(filter[2]));
  }
  Shape out = any;
  out[0] = in[0];
  if (channels >= 0 && filter[3] >= 0) {
    const auto product = base::checked_mul(channels, filter[3]);
    if (!product) throw InvalidArgumentError("Too many output channels: " + bracketed(filter));
    out[attrs.layout.channel()] = *product;
  }
  attrs.set_spatial(out, in, filter.dims(), kOp);
  return {out};
}

template <class T>
void convolve_depthwise(const WindowGeometry& g, std::int64_t multiplier, const T* in, const T* filter, T* out) {
  using C = compute_t<T>;
  for_each_position<C>(g, g.channels_out,
                       [&](std::int64_t n, std::int64_t z, std::int64_t y, std::int64_t x, std::vector<C>& sums) {
                         std::fill(sums.begin(), sums.end(), C{});
                         for_each_tap(g, z, y, x, [&](std::int64_t tap, std::int64_t offset) {
                           const T* pixel = in + n * g.in.batch + offset;
                           const T* weights = filter + tap * g.channels_out;
                           C* sum = sums.data();
                           for (std::int64_t c = 0; c < g.channels_in; ++c) {
                             const C v = static_cast<C>(pixel[c * g.in.channel]);
                             for (std::int64_t m = 0; m < multiplier; ++m) *sum++ += v * static_cast<C>(*weights++);
                           }
                         });
                         T* pixel = out + out_offset(g, n, z, y, x);
                         for (std::int64_t o = 0; o < g.channels_out; ++o) {
                           pixel[o * g.out.channel] = static_cast<T>(sums[static_cast<std::size_t>(o)]);
                         }
                       });
}

std::unique_ptr<Kernel> depthwise_kernel(const KernelSpec& spec) {
  const auto attrs = window_attrs(spec.attrs, 4, kOp);
  const auto& filter = spec.inputs[1].shape;
  const auto g = window_geometry(attrs, spec.inputs[0].shape, spec.outputs[0].shape, filter.dims(), kOp);
  const auto multiplier = filter[3];
  if (spec.inputs[0].dtype == DType::float32 && g.channels_in > 0) {
    return fast_conv2d(spec, g, g.channels_in, attrs.layout.channels_first, true);
  }
  return dispatch<FloatTypes>(spec.inputs[0].dtype, kOp, [&]<class T>() -> std::unique_ptr<Kernel> {
    return make_kernel([=](const KernelRun& io) {
      convolve_depthwise<T>(g, multiplier, io.input<T>(0), io.input<T>(1), io.output<T>(0));
    });
  });
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(depthwise_conv2d) {
  using namespace hornbeam;
  add_op(conv_op<DepthwiseNames>(kOp)
             .input("input: T")
             .input("filter: T")
             .shape(depthwise_shape)
             .kernel(depthwise_kernel)
             .gradient(conv_gradient<DepthwiseNames>));
}
