// DepthwiseConv2dNativeBackpropInput and DepthwiseConv2dNativeBackpropFilter.
#include "ops/conv_gradient.h"
#include "ops/kernels/depthwise_gradient.h"
#include "ops/kernels/input_gradient.h"

namespace hornbeam {
namespace {

constexpr const char *kInput = DepthwiseNames::kInput, *kFilter = DepthwiseNames::kFilter;

Shape four(const Shape& s) { return s.has_rank() ? s : Shape{None, None, None, None}; }

void check_gradient(const WindowAttrs& attrs, const Shape& image, const Shape& filter, const Shape& grad,
                    const char* op) {
  check_same_batch(image, grad, op);
  const auto in = image[attrs.layout.channel()], out = grad[attrs.layout.channel()];
  const bool known = in >= 0 && filter[2] >= 0;
  if ((known && in != filter[2]) || (filter[2] >= 0 && filter[3] >= 0 && out >= 0 && filter[2] * filter[3] != out)) {
    throw InvalidArgumentError(std::string(op) + ": filter and out_backprop must have the same out_depth");
  }
  check_gradient_size<4>(attrs, image, filter.dims(), grad, op);
}

std::vector<Shape> input_shape(const ShapeContext& c) {
  const auto attrs = window_attrs(c.attrs(), 4, kInput);
  check_rank(c.shape(1), 4, "filter");
  check_rank(c.shape(2), 4, "out_backprop");
  Shape in = four(c.value_as_shape(0));
  const Shape filter = four(c.shape(1)), grad = four(c.shape(2));
  if (in.rank() != 4) throw InvalidArgumentError("Conv2DBackpropInput: input_sizes must contain 4 values");
  const auto channel = attrs.layout.channel();
  if (in[0] < 0) in[0] = grad[0];
  if (in[channel] < 0) in[channel] = filter[2];
  check_gradient(attrs, in, filter, grad, kInput);
  return {in};
}

std::vector<Shape> filter_shape(const ShapeContext& c) {
  const auto attrs = window_attrs(c.attrs(), 4, kFilter);
  check_rank(c.shape(0), 4, "input");
  check_rank(c.shape(2), 4, "out_backprop");
  Shape filter = four(c.value_as_shape(1));
  const Shape in = four(c.shape(0)), grad = four(c.shape(2));
  if (filter.rank() != 4) throw InvalidArgumentError("Conv2DBackpropFilter: filter_sizes must contain 4 values");
  const auto channel = attrs.layout.channel();
  if (filter[2] < 0) filter[2] = in[channel];
  check_gradient(attrs, in, filter, grad, kFilter);
  return {filter};
}

template <class T>
void spread_back(const WindowGeometry& g, std::int64_t multiplier, const T* filter, const T* grad, T* out,
                 std::int64_t out_elements) {
  using C = compute_t<T>;
  std::vector<C> sums(static_cast<std::size_t>(out_elements));
  for (std::int64_t n = 0; n < g.batch; ++n) {
    for (std::int64_t y = 0; y < g.dims[1].out; ++y) {
      for (std::int64_t x = 0; x < g.dims[2].out; ++x) {
        const T* dy = grad + out_offset(g, n, 0, y, x);
        for_each_tap(g, 0, y, x, [&](std::int64_t tap, std::int64_t offset) {
          C* pixel = sums.data() + n * g.in.batch + offset;
          const T* weights = filter + tap * g.channels_out;
          for (std::int64_t c = 0; c < g.channels_in; ++c) {
            for (auto o = c * multiplier; o < (c + 1) * multiplier; ++o) {
              pixel[c * g.in.channel] += static_cast<C>(weights[o]) * static_cast<C>(dy[o * g.out.channel]);
            }
          }
        });
      }
    }
  }
  std::transform(sums.begin(), sums.end(), out, [](C v) { return static_cast<T>(v); });
}

template <class T>
void accumulate(const WindowGeometry& g, std::int64_t multiplier, const T* in, const T* grad, T* filter) {
  using C = compute_t<T>;
  const auto taps = g.dims[1].kernel * g.dims[2].kernel;
  std::vector<C> sums(static_cast<std::size_t>(taps * g.channels_out));
  for (std::int64_t n = 0; n < g.batch; ++n) {
    for (std::int64_t y = 0; y < g.dims[1].out; ++y) {
      for (std::int64_t x = 0; x < g.dims[2].out; ++x) {
        const T* dy = grad + out_offset(g, n, 0, y, x);
        for_each_tap(g, 0, y, x, [&](std::int64_t tap, std::int64_t offset) {
          const T* pixel = in + n * g.in.batch + offset;
          C* sum = sums.data() + tap * g.channels_out;
          for (std::int64_t c = 0; c < g.channels_in; ++c) {
            const C v = static_cast<C>(pixel[c * g.in.channel]);
            for (auto o = c * multiplier; o < (c + 1) * multiplier; ++o) {
              sum[o] += v * static_cast<C>(dy[o * g.out.channel]);
            }
          }
        });
      }
    }
  }
  std::transform(sums.begin(), sums.end(), filter, [](C v) { return static_cast<T>(v); });
}

std::unique_ptr<Kernel> input_kernel(const KernelSpec& spec) {
  const auto attrs = window_attrs(spec.attrs, 4, kInput);
  const auto &in = spec.outputs[0].shape, &filter = spec.inputs[1].shape;
  const auto g = window_geometry(attrs, in, spec.inputs[2].shape, filter.dims(), kInput);
  const auto shape = conv2d_shape(g, 1);
  if (spec.inputs[1].dtype == DType::float32 && !attrs.layout.channels_first && in.num_elements() > 0 &&
      kernels::InputGradient::supports(shape)) {
    return input_gradient_kernel(spec, shape, g.batch, true);
  }
  const auto multiplier = filter[3], n = in.num_elements();
  return dispatch<FloatTypes>(spec.inputs[1].dtype, kInput, [&]<class T>() -> std::unique_ptr<Kernel> {
    return make_kernel([=](const KernelRun& io) {
      spread_back<T>(g, multiplier, io.input<T>(1), io.input<T>(2), io.output<T>(0), n);
    });
  });
}

std::unique_ptr<Kernel> filter_kernel(const KernelSpec& spec) {
  const auto attrs = window_attrs(spec.attrs, 4, kFilter);
  const auto &in = spec.inputs[0].shape, &filter = spec.outputs[0].shape;
  const auto g = window_geometry(attrs, in, spec.inputs[2].shape, filter.dims(), kFilter);
  const auto multiplier = filter[3];
  if (spec.inputs[0].dtype == DType::float32 && !attrs.layout.channels_first && multiplier == 1) {
    auto shape = conv2d_shape(g, 1);
    const double work = kernels::conv_work(shape, true) * static_cast<double>(g.batch);
    return make_part_kernel(work, [shape, images = g.batch](const KernelRun& io, kernels::Part part) {
      kernels::depthwise_filter_gradient_part(shape, images, io.input<float>(0), io.input<float>(2),
                                              io.output<float>(0), part);
    });
  }
  return dispatch<FloatTypes>(spec.inputs[0].dtype, kFilter, [&]<class T>() -> std::unique_ptr<Kernel> {
    return make_kernel(
        [=](const KernelRun& io) { accumulate<T>(g, multiplier, io.input<T>(0), io.input<T>(2), io.output<T>(0)); });
  });
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(depthwise_backprop) {
  using namespace hornbeam;
  add_op(conv_op<DepthwiseNames>(kInput)
             .input("input_sizes: int32")
             .input("filter: T")
             .input("out_backprop: T")
             .shape(input_shape)
             .kernel(input_kernel)
             .gradient(conv_input_gradient<DepthwiseNames>));
  add_op(conv_op<DepthwiseNames>(kFilter)
             .input("input: T")
             .input("filter_sizes: int32")
             .input("out_backprop: T")
             .shape(filter_shape)
             .kernel(filter_kernel)
             .gradient(conv_filter_gradient<DepthwiseNames>));
}
