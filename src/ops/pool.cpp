// MaxPool, MaxPoolV2, AvgPool, MaxPool3D, AvgPool3D: the largest, or the mean, of each window's elements inside the
// input.
#include "ops/pool.h"

#include <limits>

namespace hornbeam {
namespace {

Shape pool_out_shape(const WindowAttrs& attrs, const Shape& in_shape, const std::vector<std::int64_t>& ksize,
                     const char* op) {
  check_rank(in_shape, attrs.layout.rank, "tensor_in");
  const Shape in = in_shape.has_rank() ? in_shape : Shape(std::vector<std::int64_t>(attrs.layout.rank, None));
  Shape out = in;
  attrs.set_spatial(out, in, ksize, op);
  return out;
}

template <std::size_t kRank>
std::vector<Shape> pool_shape(const ShapeContext& c) {
  const auto attrs = window_attrs(c.attrs(), kRank, "Pool");
  const auto ksize = window_values(c.attrs().ints("ksize"), attrs.layout, "ksize");
  return {pool_out_shape(attrs, c.shape(0), ksize, "Pool")};
}

struct MaxOf {
  template <class C>
  static C init() {
    return std::numeric_limits<C>::lowest();  // also under -inf, as TensorFlow's
  }
  template <class C>
  static C add(C acc, C x) {
    return x > acc ? x : acc;
  }
  template <class C>
  static C finish(C acc, std::int64_t) {
    return acc;
  }
};
struct MeanOf {
  template <class C>
  static C init() {
    return C{};
  }
  template <class C>
  static C add(C acc, C x) {
    return acc + x;
  }
  template <class C>
  static C finish(C acc, std::int64_t n) {
    return acc / static_cast<C>(n);
  }
};

template <class Of, class T>
void pool(const WindowGeometry& g, const T* in, T* out) {
  using C = compute_t<T>;
  for_each_position<C>(
      g, g.channels_in, [&](std::int64_t n, std::int64_t z, std::int64_t y, std::int64_t x, std::vector<C>& acc) {
        std::fill(acc.begin(), acc.end(), Of::template init<C>());
        std::int64_t count = 0;
        for_each_tap(g, z, y, x, [&](std::int64_t, std::int64_t offset) {
          const T* pixel = in + n * g.in.batch + offset;
          ++count;
          for (std::int64_t c = 0; c < g.channels_in; ++c) {
            auto& a = acc[static_cast<std::size_t>(c)];
            a = Of::add(a, static_cast<C>(pixel[c * g.in.channel]));
          }
        });
        T* pixel = out + out_offset(g, n, z, y, x);
        for (std::int64_t c = 0; c < g.channels_in; ++c) {
          pixel[c * g.out.channel] = static_cast<T>(Of::finish(acc[static_cast<std::size_t>(c)], count));
        }
      });
}

template <class Of, class List>
std::unique_ptr<Kernel> make_pool(const KernelSpec& spec, const WindowAttrs& attrs,
                                  const std::vector<std::int64_t>& ksize) {
  const auto g = window_geometry(attrs, spec.inputs[0].shape, spec.outputs[0].shape, ksize, "Pool");
  if (attrs.layout.rank == 4 && !attrs.layout.channels_first && spec.inputs[0].dtype == DType::float32) {
    const auto shape = pool2d_shape(g);
    constexpr auto kind = std::is_same_v<Of, MaxOf> ? kernels::Pooling::kMax : kernels::Pooling::kAverage;
    // Each number of a window read takes as long as a few operations.
    const double flops = 4.0 * static_cast<double>(spec.elements(0)) * static_cast<double>(ksize[0] * ksize[1]);
    return make_part_kernel(flops, [shape, batch = g.batch](const KernelRun& io, kernels::Part part) {
      kernels::pool2d_part(kind, shape, batch, io.input<float>(0), io.output<float>(0), part);
    });
  }
  return dispatch<List>(spec.inputs[0].dtype, "Pool", [&]<class T>() -> std::unique_ptr<Kernel> {
    return make_kernel([g](const KernelRun& io) { pool<Of, T>(g, io.input<T>(0), io.output<T>(0)); });
  });
}

template <std::size_t kRank, class Of, class List>
std::unique_ptr<Kernel> pool_kernel(const KernelSpec& spec) {
  const auto attrs = window_attrs(spec.attrs, kRank, "Pool");
  return make_pool<Of, List>(spec, attrs, window_values(spec.attrs.ints("ksize"), attrs.layout, "ksize"));
}

std::vector<Shape> max_pool_v2_shape(const ShapeContext& c) {
  const auto ksize = c.ints(1), strides = c.ints(2);
  if (!ksize || !strides) {
    const auto layout = window_layout(c.attrs(), 4);
    Shape out{None, None, None, None};
    check_rank(c.shape(0), 4, "tensor_in");
    if (c.shape(0).has_rank()) {
      out[0] = c.shape(0)[0];
      out[layout.channel()] = c.shape(0)[layout.channel()];
    }
    return {out};
  }
  const auto attrs = window_attrs(with_strides(c.attrs(), *strides), 4, "MaxPoolV2");
  return {pool_out_shape(attrs, c.shape(0), window_values(*ksize, attrs.layout, "ksize"), "MaxPoolV2")};
}
std::unique_ptr<Kernel> max_pool_v2_kernel(const KernelSpec& spec) {
  const auto attrs = window_attrs(with_strides(spec.attrs, spec.ints(2)), 4, "MaxPoolV2");
  return make_pool<MaxOf, NumberTypes>(spec, attrs, window_values(spec.ints(1), attrs.layout, "ksize"));
}

}  // namespace

kernels::Pool2DShape pool2d_shape(const WindowGeometry& g) {
  const auto c = conv2d_shape(g, 1);
  return {.height = c.height,
          .width = c.width,
          .channels = c.channels,
          .window_h = c.kernel_height,
          .window_w = c.kernel_width,
          .stride_h = c.stride_h,
          .stride_w = c.stride_w,
          .pad_top = c.pad_top,
          .pad_bottom = c.pad_bottom,
          .pad_left = c.pad_left,
          .pad_right = c.pad_right};
}

Attrs with_strides(const Attrs& attrs, const std::vector<std::int64_t>& strides) {
  Attrs result = attrs;
  result.set("strides", strides);
  return result;
}

}  // namespace hornbeam

HB_REGISTER(pool) {
  using namespace hornbeam;
  add_op(OpDef("MaxPool")
             .input("input: T")
             .output("output: T")
             .attr("T: type = float32")
             .attr("ksize: list(int)")
             .attr("strides: list(int)")
             .attr("padding: string")
             .attr("explicit_paddings: list(int) = []")
             .attr("data_format: string = 'NHWC'")
             .shape(pool_shape<4>)
             .kernel(pool_kernel<4, MaxOf, NumberTypes>)
             .gradient(max_pool_gradient));
  add_op(OpDef("AvgPool")
             .input("value: T")
             .output("output: T")
             .attr("ksize: list(int)")
             .attr("strides: list(int)")
             .attr("padding: string")
             .attr("data_format: string = 'NHWC'")
             .attr("T: type")
             .shape(pool_shape<4>)
             .kernel(pool_kernel<4, MeanOf, FloatTypes>)
             .gradient(avg_pool_gradient));
  add_op(OpDef("MaxPoolV2")
             .input("input: T")
             .input("ksize: int32")
             .input("strides: int32")
             .output("output: T")
             .attr("T: type = float32")
             .attr("padding: string")
             .attr("data_format: string = 'NHWC'")
             .shape(max_pool_v2_shape)
             .kernel(max_pool_v2_kernel)
             .gradient(max_pool_v2_gradient));
  add_op(OpDef("MaxPool3D")
             .input("input: T")
             .output("output: T")
             .attr("ksize: list(int)")
             .attr("strides: list(int)")
             .attr("padding: string")
             .attr("data_format: string = 'NDHWC'")
             .attr("T: type")
             .shape(pool_shape<5>)
             .kernel(pool_kernel<5, MaxOf, FloatTypes>)
             .gradient(max_pool3d_gradient));
  add_op(OpDef("AvgPool3D")
             .input("input: T")
             .output("output: T")
             .attr("ksize: list(int)")
             .attr("strides: list(int)")
             .attr("padding: string")
             .attr("data_format: string = 'NDHWC'")
             .attr("T: type")
             .shape(pool_shape<5>)
             .kernel(pool_kernel<5, MeanOf, FloatTypes>)
             .gradient(avg_pool3d_gradient));
}
