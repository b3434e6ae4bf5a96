// Conv2DBackpropFilter and Conv3DBackpropFilterV2: the gradient of a convolution for its filter.
#include "ops/conv_gradient.h"
#include "ops/kernels/outer.h"
#include "ops/shape_math.h"

namespace hornbeam {
namespace {

template <class Names>
std::vector<Shape> filter_shape(const ShapeContext& c) {
  constexpr auto kRank = Names::kRank;
  const char* op = Names::kFilter;
  const auto attrs = window_attrs(c.attrs(), kRank, op);
  check_rank(c.shape(0), kRank, "input");
  check_rank(c.shape(2), kRank, "out_backprop");
  const Shape any(std::vector<std::int64_t>(kRank, None));
  const Shape& in = c.shape(0).has_rank() ? c.shape(0) : any;
  const Shape& grad = c.shape(2).has_rank() ? c.shape(2) : any;
  Shape filter = c.value_as_shape(1);
  if (!filter.has_rank()) filter = any;
  if (filter.rank() != kRank) {
    throw InvalidArgumentError(std::string(op) + ": filter_sizes must contain " + std::to_string(kRank) +
                               " values, got " + std::to_string(filter.rank()));
  }
  const auto mismatch = [&](const std::string& what) { throw InvalidArgumentError(std::string(op) + ": " + what); };
  const auto channel = attrs.layout.channel();
  check_same_batch(in, grad, op);
  if (filter[kRank - 1] < 0) filter[kRank - 1] = grad[channel];
  if (filter[kRank - 1] >= 0 && grad[channel] >= 0 && filter[kRank - 1] != grad[channel]) {
    mismatch("filter and out_backprop must have the same out_depth");
  }
  if (filter[kRank - 2] == 0) mismatch("filter depth must be stricly greated than 0");
  if (in[channel] >= 0 && filter[kRank - 2] > 0 && in[channel] % filter[kRank - 2] != 0) {
    mismatch("input depth must be evenly divisible by filter depth");
  }
  if (in[channel] > 0 && filter[kRank - 2] > 0 && filter[kRank - 1] >= 0 &&
      filter[kRank - 1] % (in[channel] / filter[kRank - 2]) != 0) {
    mismatch("output depth must be evenly divisible by number of groups");
  }
  check_gradient_size<kRank>(attrs, in, filter.dims(), grad, op);
  return {filter};
}

// One position after the other; each part owns some of the input's channels.
template <class T>
void accumulate(const WindowGeometry& g, std::int64_t groups, const T* in, const T* grad, T* filter) {
  using C = compute_t<T>;
  const auto in_group = g.channels_in / groups, out_group = g.channels_out / groups;
  const auto taps = g.dims[0].kernel * g.dims[1].kernel * g.dims[2].kernel;
  const auto work = static_cast<double>(g.batch * g.dims[0].out * g.dims[1].out * g.dims[2].out * taps) *
                    static_cast<double>(in_group * g.channels_out);
  std::vector<C> sums(static_cast<std::size_t>(taps * in_group * g.channels_out));
  kernels::parallel_parts(2 * work, [&](kernels::Part part) {
    const auto own = kernels::slice(in_group, part);
    for (std::int64_t n = 0; n < g.batch; ++n) {
      for (std::int64_t z = 0; z < g.dims[0].out; ++z) {
        for (std::int64_t y = 0; y < g.dims[1].out; ++y) {
          for (std::int64_t x = 0; x < g.dims[2].out; ++x) {
            const T* dy = grad + out_offset(g, n, z, y, x);
            for_each_tap(g, z, y, x, [&](std::int64_t tap, std::int64_t offset) {
              const T* pixel = in + n * g.in.batch + offset;
              for (std::int64_t group = 0; group < groups; ++group) {
                for (auto i = own.begin; i < own.end; ++i) {
                  const C v = static_cast<C>(pixel[(group * in_group + i) * g.in.channel]);
                  C* sum = sums.data() + (tap * in_group + i) * g.channels_out + group * out_group;
                  for (std::int64_t o = 0; o < out_group; ++o) {
                    sum[o] += v * static_cast<C>(dy[(group * out_group + o) * g.out.channel]);
                  }
                }
              }
            });
          }
        }
      }
    }
  });
  std::transform(sums.begin(), sums.end(), filter, [](C v) { return static_cast<T>(v); });
}

// Output 1, if there is one, is the gradient for a bias.
std::unique_ptr<Kernel> fast_kernel(const WindowGeometry& g, std::int64_t groups, bool bias) {
  const kernels::FilterGradient gradient{conv2d_shape(g, groups), g.batch};
  return make_part_kernel(gradient.flops(), [gradient, bias](const KernelRun& io, kernels::Part part) {
    gradient.run_part(io.input<float>(0), io.input<float>(2), io.output<float>(0), bias ? io.output<float>(1) : nullptr,
                      part);
  });
}

template <class Names>
std::unique_ptr<Kernel> filter_kernel(const KernelSpec& spec) {
  constexpr auto kRank = Names::kRank;
  const char* op = Names::kFilter;
  const auto attrs = window_attrs(spec.attrs, kRank, op);
  const auto& filter = spec.outputs[0].shape;
  const auto g = window_geometry(attrs, spec.inputs[0].shape, spec.inputs[2].shape, filter.dims(), op);
  const auto groups = std::max<std::int64_t>(1, g.channels_in / filter[kRank - 2]);
  if (kRank == 4 && spec.inputs[0].dtype == DType::float32 && !attrs.layout.channels_first &&
      filter.num_elements() > 0) {
    return fast_kernel(g, groups, false);
  }
  return dispatch<ConvTypes>(spec.inputs[0].dtype, op, [&]<class T>() -> std::unique_ptr<Kernel> {
    return make_kernel(
        [=](const KernelRun& io) { accumulate<T>(g, groups, io.input<T>(0), io.input<T>(2), io.output<T>(0)); });
  });
}

std::vector<Shape> biased_shape(const ShapeContext& c) {
  auto shapes = filter_shape<Conv2DNames>(c);
  shapes.push_back(Shape{shapes[0].has_rank() ? shapes[0].back() : None});
  return shapes;
}

std::unique_ptr<Kernel> biased_kernel(const KernelSpec& spec) {
  const auto attrs = window_attrs(spec.attrs, 4, Conv2DNames::kFilter);
  const auto &in = spec.inputs[0].shape, &filter = spec.outputs[0].shape;
  if (spec.inputs[0].dtype != DType::float32 || attrs.layout.channels_first || filter.num_elements() == 0) {
    throw TypeError("Op '_Conv2DBackpropFilterBias' has a kernel for float32 with channels last only");
  }
  const auto g = window_geometry(attrs, in, spec.inputs[2].shape, filter.dims(), Conv2DNames::kFilter);
  return fast_kernel(g, std::max<std::int64_t>(1, g.channels_in / filter[2]), true);
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(conv_backprop_filter) {
  using namespace hornbeam;
  add_op(conv_op<Conv2DNames>(Conv2DNames::kFilter)
             .input("input: T")
             .input("filter_sizes: int32")
             .input("out_backprop: T")
             .shape(filter_shape<Conv2DNames>)
             .kernel(filter_kernel<Conv2DNames>)
             .gradient(conv_filter_gradient<Conv2DNames>));
  add_op(conv_op<Conv3DNames>(Conv3DNames::kFilter)
             .input("input: T")
             .input("filter_sizes: int32")
             .input("out_backprop: T")
             .shape(filter_shape<Conv3DNames>)
             .kernel(filter_kernel<Conv3DNames>)
             .gradient(conv_filter_gradient<Conv3DNames>));
  // Conv2DBackpropFilter and BiasAddGrad of one gradient. The executor makes it of them.
  add_op(conv_op("_Conv2DBackpropFilterBias", 4)
             .output("bias: T")
             .input("input: T")
             .input("filter_sizes: int32")
             .input("out_backprop: T")
             .shape(biased_shape)
             .kernel(biased_kernel)
             .no_gradient());
}
