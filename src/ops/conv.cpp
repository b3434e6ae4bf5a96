// Conv2D and Conv3D, also with groups, dilations, explicit padding and channels first.
#include "ops/conv_gradient.h"

namespace hornbeam {
namespace {

void check_channels(std::int64_t in, std::int64_t filter_in, std::int64_t out) {
  if (filter_in == 0) throw InvalidArgumentError("filter depth must be stricly greated than 0: 0");
  if (in < 0 || filter_in < 0) return;
  if (in % filter_in != 0) {
    throw InvalidArgumentError("input depth must be evenly divisible by filter depth: " + std::to_string(in) + " vs " +
                               std::to_string(filter_in));
  }
  const auto groups = in / filter_in;
  if (out >= 0 && groups > 0 && out % groups != 0) {
    throw InvalidArgumentError("output depth must be evenly divisible by number of groups: " + std::to_string(out) +
                               " vs " + std::to_string(groups));
  }
}

template <class Names>
std::vector<Shape> conv_shape(const ShapeContext& c) {
  constexpr auto kRank = Names::kRank;
  const char* op = Names::kForward;
  const auto attrs = window_attrs(c.attrs(), kRank, op);
  check_rank(c.shape(0), kRank, "input");
  check_rank(c.shape(1), kRank, "filter");
  const Shape any(std::vector<std::int64_t>(kRank, None));
  const Shape& in = c.shape(0).has_rank() ? c.shape(0) : any;
  const Shape& filter = c.shape(1).has_rank() ? c.shape(1) : any;
  Shape out = any;
  out[0] = in[0];
  out[attrs.layout.channel()] = filter[kRank - 1];
  check_channels(in[attrs.layout.channel()], filter[kRank - 2], filter[kRank - 1]);
  attrs.set_spatial(out, in, filter.dims(), op);
  return {out};
}

template <class T>
void convolve(const WindowGeometry& g, std::int64_t groups, const T* in, const T* filter, T* out) {
  using C = compute_t<T>;
  const auto in_group = g.channels_in / groups, out_group = g.channels_out / groups;
  for_each_position<C>(g, g.channels_out,
                       [&](std::int64_t n, std::int64_t z, std::int64_t y, std::int64_t x, std::vector<C>& sums) {
                         std::fill(sums.begin(), sums.end(), C{});
                         for_each_tap(g, z, y, x, [&](std::int64_t tap, std::int64_t offset) {
                           const T* pixel = in + n * g.in.batch + offset;
                           const T* weights = filter + tap * in_group * g.channels_out;
                           for (std::int64_t group = 0; group < groups; ++group) {
                             C* sum = sums.data() + group * out_group;
                             for (std::int64_t i = 0; i < in_group; ++i) {
                               const C v = static_cast<C>(pixel[(group * in_group + i) * g.in.channel]);
                               const T* row = weights + i * g.channels_out + group * out_group;
                               for (std::int64_t o = 0; o < out_group; ++o) sum[o] += v * static_cast<C>(row[o]);
                             }
                           }
                         });
                         T* pixel = out + out_offset(g, n, z, y, x);
                         for (std::int64_t o = 0; o < g.channels_out; ++o) {
                           pixel[o * g.out.channel] = static_cast<T>(sums[static_cast<std::size_t>(o)]);
                         }
                       });
}

template <class Names>
std::unique_ptr<Kernel> conv_kernel(const KernelSpec& spec) {
  constexpr auto kRank = Names::kRank;
  const char* op = Names::kForward;
  const auto attrs = window_attrs(spec.attrs, kRank, op);
  const auto& filter = spec.inputs[1].shape;
  const auto g = window_geometry(attrs, spec.inputs[0].shape, spec.outputs[0].shape, filter.dims(), op);
  const auto groups = std::max<std::int64_t>(1, g.channels_in / filter[kRank - 2]);
  if (kRank == 4 && spec.inputs[0].dtype == DType::float32 && g.channels_in > 0) {
    return fast_conv2d(spec, g, groups, attrs.layout.channels_first, false);
  }
  return dispatch<ConvTypes>(spec.inputs[0].dtype, op, [&]<class T>() -> std::unique_ptr<Kernel> {
    return make_kernel(
        [=](const KernelRun& io) { convolve<T>(g, groups, io.input<T>(0), io.input<T>(1), io.output<T>(0)); });
  });
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(conv) {
  using namespace hornbeam;
  add_op(conv_op<Conv2DNames>(Conv2DNames::kForward)
             .input("input: T")
             .input("filter: T")
             .shape(conv_shape<Conv2DNames>)
             .kernel(conv_kernel<Conv2DNames>)
             .gradient(conv_gradient<Conv2DNames>));
  add_op(conv_op<Conv3DNames>(Conv3DNames::kForward)
             .input("input: T")
             .input("filter: T")
             .shape(conv_shape<Conv3DNames>)
             .kernel(conv_kernel<Conv3DNames>)
             .gradient(conv_gradient<Conv3DNames>));
}
