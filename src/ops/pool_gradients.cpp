// MaxPoolGrad, MaxPoolGradV2, MaxPool3DGrad, AvgPoolGrad, AvgPool3DGrad, and the gradients of the maximum's again.
#include "ops/kernels/pool_gradient.h"
#include "ops/pool.h"
#include "ops/shape_math.h"

namespace hornbeam {
namespace {

Attrs pool_attrs(const GradientContext& c) {
  return pick(c.attrs(), {"ksize", "strides", "padding", "explicit_paddings", "data_format"});
}
// Of MaxPool*GradGrad, which know no explicit paddings.
Attrs plain_attrs(const GradientContext& c) { return pick(c.attrs(), {"ksize", "strides", "padding", "data_format"}); }

std::vector<Shape> shape_of_input(const ShapeContext& c) { return {c.shape(0)}; }
std::vector<Shape> shape_of_output(const ShapeContext& c) { return {c.shape(1)}; }
std::vector<Shape> shape_in_input(const ShapeContext& c) { return {dims_input(c, 0)}; }

struct Windows {
  WindowGeometry g;
  bool fast;  // two dims, channels last, float32
};

// The windows over an input of this shape, when the gradient `grad` has one number for each.
Windows windows(const KernelSpec& spec, const Shape& in, std::size_t grad, std::size_t sizes) {
  const auto rank = in.rank();
  const bool given = spec.inputs.size() > sizes;
  const auto attrs =
      window_attrs(given ? with_strides(spec.attrs, spec.ints(sizes + 1)) : spec.attrs, rank, "PoolGrad");
  const auto ksize = window_values(given ? spec.ints(sizes) : spec.attrs.ints("ksize"), attrs.layout, "ksize");
  const auto& out = spec.inputs[grad].shape;
  check_rank(in, out.rank(), "tensor_in");
  Shape expected = in;
  for (std::size_t i = 0; i + 2 < rank; ++i) {
    const auto s = attrs.layout.spatial(i);
    expected[s] = attrs.dim(i, in[s], ksize[i], "PoolGrad").out;
  }
  if (expected != out) {
    throw InvalidArgumentError("Expected grad shape to be " + bracketed(expected) + ", but got " + bracketed(out));
  }
  return {window_geometry(attrs, in, out, ksize, "PoolGrad"),
          rank == 4 && !attrs.layout.channels_first && spec.inputs[grad].dtype == DType::float32};
}

double work(const KernelSpec& spec, const WindowGeometry& g, std::size_t grad) {
  return 8.0 * static_cast<double>(spec.inputs[grad].shape.num_elements() * g.dims[1].kernel * g.dims[2].kernel);
}

// fn(image, z, y, x) of each window.
template <class Fn>
void for_each_output(const WindowGeometry& g, Fn&& fn) {
  for (std::int64_t n = 0; n < g.batch; ++n) {
    for (std::int64_t z = 0; z < g.dims[0].out; ++z) {
      for (std::int64_t y = 0; y < g.dims[1].out; ++y) {
        for (std::int64_t x = 0; x < g.dims[2].out; ++x) fn(n, z, y, x);
      }
    }
  }
}

// fn(output offset, input offset of the maximum) for each output; NaN at the head of a window stays its maximum.
template <class T, class Fn>
void for_each_maximum(const WindowGeometry& g, const T* in, Fn&& fn) {
  using C = compute_t<T>;
  std::vector<C> best(static_cast<std::size_t>(g.channels_in));
  std::vector<std::int64_t> place(best.size());
  for (std::int64_t n = 0; n < g.batch; ++n) {
    for (std::int64_t z = 0; z < g.dims[0].out; ++z) {
      for (std::int64_t y = 0; y < g.dims[1].out; ++y) {
        for (std::int64_t x = 0; x < g.dims[2].out; ++x) {
          std::fill(place.begin(), place.end(), -1);
          for_each_tap(g, z, y, x, [&](std::int64_t, std::int64_t offset) {
            for (std::size_t c = 0; c < best.size(); ++c) {
              const auto at = n * g.in.batch + offset + static_cast<std::int64_t>(c) * g.in.channel;
              if (place[c] >= 0 && !(static_cast<C>(in[at]) > best[c])) continue;
              best[c] = static_cast<C>(in[at]);
              place[c] = at;
            }
          });
          const auto out = out_offset(g, n, z, y, x);
          for (std::size_t c = 0; c < best.size(); ++c) {
            if (place[c] >= 0) fn(out + static_cast<std::int64_t>(c) * g.out.channel, place[c]);
          }
        }
      }
    }
  }
}

std::unique_ptr<Kernel> fast_max_grad(const KernelSpec& spec, const WindowGeometry& g, bool relu) {
  return make_part_kernel(work(spec, g, 2),
                          [shape = pool2d_shape(g), images = g.batch, relu](const KernelRun& io, kernels::Part part) {
                            kernels::max_pool_gradient_part(shape, images, io.input<float>(0), io.input<float>(1),
                                                            io.input<float>(2), relu, io.output<float>(0), part);
                          });
}

std::unique_ptr<Kernel> max_relu_grad_kernel(const KernelSpec& spec) {
  const auto [g, fast] = windows(spec, spec.inputs[0].shape, 2, 3);
  if (!fast) throw TypeError("Op '_MaxPoolReluGrad' has a kernel for float32 with channels last only");
  return fast_max_grad(spec, g, true);
}

std::unique_ptr<Kernel> max_grad_kernel(const KernelSpec& spec) {
  const auto [g, fast] = windows(spec, spec.inputs[0].shape, 2, 3);
  if (fast) return fast_max_grad(spec, g, false);
  const auto n = spec.elements(0);
  const auto& geometry = g;  // clang's lambdas inside lambdas cannot capture a binding
  return dispatch<NumberTypes>(spec.inputs[0].dtype, "MaxPoolGrad", [&]<class T>() -> std::unique_ptr<Kernel> {
    return make_kernel([geometry, n](const KernelRun& io) {
      using C = compute_t<T>;
      std::vector<C> sums(static_cast<std::size_t>(n));
      const T* grad = io.input<T>(2);
      for_each_maximum(geometry, io.input<T>(0), [&](std::int64_t out, std::int64_t in) {
        auto& sum = sums[static_cast<std::size_t>(in)];
        sum = static_cast<C>(sum + static_cast<C>(grad[out]));
      });
      std::transform(sums.begin(), sums.end(), io.output<T>(0), [](C v) { return static_cast<T>(v); });
    });
  });
}

// In three dims each of several equal maxima has the whole gradient.
std::unique_ptr<Kernel> max3d_grad_kernel(const KernelSpec& spec) {
  const auto g = windows(spec, spec.inputs[0].shape, 2, 3).g;
  const auto n = spec.elements(0), outputs = spec.inputs[2].shape.num_elements();
  return dispatch<NumberTypes>(spec.inputs[0].dtype, "MaxPool3DGrad", [&]<class T>() -> std::unique_ptr<Kernel> {
    return make_kernel([g, n, outputs](const KernelRun& io) {
      using C = compute_t<T>;
      const T *in = io.input<T>(0), *grad = io.input<T>(2);
      std::vector<C> sums(static_cast<std::size_t>(n)), most(static_cast<std::size_t>(outputs));
      for_each_maximum(g, in, [&](std::int64_t out, std::int64_t at) {
        most[static_cast<std::size_t>(out)] = static_cast<C>(in[at]);
      });
      for_each_output(g, [&](std::int64_t b, std::int64_t z, std::int64_t y, std::int64_t x) {
        const auto from = out_offset(g, b, z, y, x);
        for_each_tap(g, z, y, x, [&](std::int64_t, std::int64_t offset) {
          for (std::int64_t c = 0; c < g.channels_in; ++c) {
            const auto at = b * g.in.batch + offset + c * g.in.channel, o = from + c * g.out.channel;
            if (static_cast<C>(in[at]) != most[static_cast<std::size_t>(o)]) continue;
            auto& sum = sums[static_cast<std::size_t>(at)];
            sum = static_cast<C>(sum + static_cast<C>(grad[o]));
          }
        });
      });
      std::transform(sums.begin(), sums.end(), io.output<T>(0), [](C v) { return static_cast<T>(v); });
    });
  });
}

// The gradient's gradient: what stands where the maxima are.
std::unique_ptr<Kernel> max_grad_grad_kernel(const KernelSpec& spec) {
  const auto [g, fast] = windows(spec, spec.inputs[0].shape, 1, 3);
  if (spec.inputs[2].shape != spec.inputs[0].shape) {
    throw InvalidArgumentError("Expected grad shape to be " + bracketed(spec.inputs[0].shape) + ", but got " +
                               bracketed(spec.inputs[2].shape));
  }
  const auto n = spec.elements(0);
  const auto& geometry = g;  // clang's lambdas inside lambdas cannot capture a binding
  return dispatch<NumberTypes>(spec.inputs[0].dtype, "MaxPoolGradGrad", [&]<class T>() -> std::unique_ptr<Kernel> {
    return make_kernel([geometry, n](const KernelRun& io) {
      const T* grad = io.input<T>(2);
      T* y = io.output<T>(0);
      std::fill_n(y, n, T{});
      for_each_maximum(geometry, io.input<T>(0), [&](std::int64_t out, std::int64_t in) { y[out] = grad[in]; });
    });
  });
}

std::unique_ptr<Kernel> avg_grad_kernel(const KernelSpec& spec) {
  const auto [g, fast] = windows(spec, spec.outputs[0].shape, 1, 2);
  if (fast) {
    return make_part_kernel(
        work(spec, g, 1), [shape = pool2d_shape(g), images = g.batch](const KernelRun& io, kernels::Part part) {
          kernels::average_pool_gradient_part(shape, images, io.input<float>(1), io.output<float>(0), part);
        });
  }
  const auto n = spec.elements(0);
  const auto& geometry = g;  // clang's lambdas inside lambdas cannot capture a binding
  return dispatch<FloatTypes>(spec.inputs[1].dtype, "AvgPoolGrad", [&]<class T>() -> std::unique_ptr<Kernel> {
    return make_kernel([geometry, n](const KernelRun& io) {
      using C = compute_t<T>;
      const auto& w = geometry;
      std::vector<C> sums(static_cast<std::size_t>(n));
      for (std::int64_t b = 0; b < w.batch; ++b) {
        for (std::int64_t z = 0; z < w.dims[0].out; ++z) {
          for (std::int64_t y = 0; y < w.dims[1].out; ++y) {
            for (std::int64_t x = 0; x < w.dims[2].out; ++x) {
              std::int64_t count = 0;
              for_each_tap(w, z, y, x, [&](std::int64_t, std::int64_t) { ++count; });
              const T* grad = io.input<T>(1) + out_offset(w, b, z, y, x);
              for_each_tap(w, z, y, x, [&](std::int64_t, std::int64_t offset) {
                for (std::int64_t c = 0; c < w.channels_in; ++c) {
                  sums[static_cast<std::size_t>(b * w.in.batch + offset + c * w.in.channel)] +=
                      static_cast<C>(grad[c * w.out.channel]) / static_cast<C>(count);
                }
              });
            }
          }
        }
      }
      std::transform(sums.begin(), sums.end(), io.output<T>(0), [](C v) { return static_cast<T>(v); });
    });
  });
}

OpDef with_window(OpDef op, bool explicit_paddings, const char* format) {
  std::move(op).attr("ksize: list(int)").attr("strides: list(int)").attr("padding: string");
  if (explicit_paddings) std::move(op).attr("explicit_paddings: list(int) = []");
  return std::move(op).attr(std::string("data_format: string = '") + format + "'");
}

Tensors max_grad(const GradientContext& c, const char* op, const Attrs& attrs) {
  return {call_op1(op, {c.input(0), c.output(), c.grad()}, attrs)};
}
// The places of the maxima do not change: only the gradient that was passed on has one.
template <const char* const* kOp>
Tensors max_again(const GradientContext& c) {
  return {ops::zeros_like(c.input(0)), ops::zeros_like(c.input(1)),
          call_op1(*kOp, {c.input(0), c.input(1), c.grad()}, plain_attrs(c))};
}
template <const char* const* kOp>
Tensors max_again_v2(const GradientContext& c) {
  const auto attrs = pick(c.attrs(), {"padding", "data_format"});
  return {ops::zeros_like(c.input(0)),
          ops::zeros_like(c.input(1)),
          call_op1(*kOp, {c.input(0), c.input(1), c.grad(), c.input(3), c.input(4)}, attrs),
          {},
          {}};
}
template <const char* const* kOp>
Tensors avg_again(const GradientContext& c) {
  return {{}, call_op1(*kOp, {c.grad()}, plain_attrs(c))};
}
constexpr const char *kMaxGrad = "MaxPoolGrad", *kMaxGradGrad = "MaxPoolGradGrad", *kMaxGradV2 = "MaxPoolGradV2",
                     *kMaxGradGradV2 = "MaxPoolGradGradV2", *kMax3DGrad = "MaxPool3DGrad",
                     *kMax3DGradGrad = "MaxPool3DGradGrad", *kAvg = "AvgPool", *kAvg3D = "AvgPool3D";

}  // namespace

Tensors max_pool_gradient(const GradientContext& c) { return max_grad(c, kMaxGrad, pool_attrs(c)); }
Tensors max_pool3d_gradient(const GradientContext& c) { return max_grad(c, kMax3DGrad, plain_attrs(c)); }
Tensors max_pool_v2_gradient(const GradientContext& c) {
  const auto attrs = pick(c.attrs(), {"padding", "data_format"});
  return c.first(call_op1(kMaxGradV2, {c.input(0), c.output(), c.grad(), c.input(1), c.input(2)}, attrs));
}
Tensors avg_pool_gradient(const GradientContext& c) {
  return {call_op1("AvgPoolGrad", {shape_of(c.input(0)), c.grad()}, plain_attrs(c))};
}
Tensors avg_pool3d_gradient(const GradientContext& c) {
  return {call_op1("AvgPool3DGrad", {shape_of(c.input(0)), c.grad()}, plain_attrs(c))};
}

}  // namespace hornbeam

HB_REGISTER(pool_gradients) {
  using namespace hornbeam;
  const auto three = [](const char* name, const char* type) {
    const std::string t = std::string(": ") + type;
    return OpDef(name).input("orig_input" + t).input("orig_output" + t).input("grad: T").output("output: T");
  };
  add_op(with_window(three(kMaxGrad, "T"), true, "NHWC")
             .attr("T: type = float32")
             .shape(shape_of_input)
             .kernel(max_grad_kernel)
             .gradient(max_again<&kMaxGradGrad>));
  // ReluGrad of MaxPoolGrad, where what was pooled is relu's result. The executor makes it of them.
  add_op(with_window(three("_MaxPoolReluGrad", "T"), true, "NHWC")
             .attr("T: type = float32")
             .shape(shape_of_input)
             .kernel(max_relu_grad_kernel)
             .no_gradient());
  add_op(with_window(three(kMax3DGrad, "TInput"), false, "NDHWC")
             .attr("T: type = float32")
             .attr("TInput: type = float32")
             .shape(shape_of_input)
             .kernel(max3d_grad_kernel)
             .gradient(max_again<&kMax3DGradGrad>));
  add_op(with_window(three(kMaxGradGrad, "T"), false, "NHWC")
             .attr("T: type")
             .shape(shape_of_output)
             .kernel(max_grad_grad_kernel)
             .gradient(max_again<&kMaxGrad>));
  add_op(with_window(three(kMax3DGradGrad, "T"), false, "NDHWC")
             .attr("T: type")
             .shape(shape_of_output)
             .kernel(max_grad_grad_kernel)
             .gradient(max_again<&kMax3DGrad>));
  add_op(three(kMaxGradV2, "T")
             .input("ksize: int32")
             .input("strides: int32")
             .attr("padding: string")
             .attr("data_format: string = 'NHWC'")
             .attr("T: type = float32")
             .shape(shape_of_input)
             .kernel(max_grad_kernel)
             .gradient(max_again_v2<&kMaxGradGradV2>));
  add_op(three(kMaxGradGradV2, "T")
             .input("ksize: int32")
             .input("strides: int32")
             .attr("padding: string")
             .attr("data_format: string = 'NHWC'")
             .attr("T: type")
             .shape(shape_of_output)
             .kernel(max_grad_grad_kernel)
             .gradient(max_again_v2<&kMaxGradV2>));
  const auto average = [](const char* name) {
    return OpDef(name).input("orig_input_shape: int32").input("grad: T").output("output: T");
  };
  add_op(with_window(average("AvgPoolGrad"), false, "NHWC")
             .attr("T: type")
             .shape(shape_in_input)
             .kernel(avg_grad_kernel)
             .gradient(avg_again<&kAvg>));
  add_op(with_window(average("AvgPool3DGrad"), false, "NDHWC")
             .attr("T: type")
             .shape(shape_in_input)
             .kernel(avg_grad_kernel)
             .gradient(avg_again<&kAvg3D>));
}
