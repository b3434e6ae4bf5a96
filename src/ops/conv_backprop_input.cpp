// Conv2DBackpropInput and Conv3DBackpropInputV2: the gradient of a convolution for its input, which is what Keras's
// transposed convolutions compute. Each input element gathers from the outputs that read it, so it is summed in one
// order.
#include "ops/conv_gradient.h"
#include "ops/kernels/aligned.h"
#include "ops/kernels/gemm.h"
#include "ops/kernels/input_gradient.h"

namespace hornbeam {
namespace {

// `sizes` may hold the whole input shape or (2-D only) its spatial dims.
template <class Names>
std::vector<Shape> backprop_shape(const ShapeContext& c) {
  constexpr auto kRank = Names::kRank;
  const char* op = Names::kInput;
  const auto attrs = window_attrs(c.attrs(), kRank, op);
  check_rank(c.shape(1), kRank, "filter");
  check_rank(c.shape(2), kRank, "out_backprop");
  const Shape any(std::vector<std::int64_t>(kRank, None));
  const Shape& filter = c.shape(1).has_rank() ? c.shape(1) : any;
  const Shape& grad = c.shape(2).has_rank() ? c.shape(2) : any;
  const Shape sizes = c.value_as_shape(0);
  Shape in = any;
  const auto channel = attrs.layout.channel();
  if (sizes.has_rank() && sizes.rank() == kRank) {
    in = sizes;
  } else if (sizes.has_rank() && kRank == 4 && sizes.rank() == 2) {
    in[0] = grad[0];
    in[channel] = filter[kRank - 2];
    for (std::size_t i = 0; i < 2; ++i) in[attrs.layout.spatial(i)] = sizes[i];
  } else if (sizes.has_rank()) {
    throw InvalidArgumentError(std::string(op) + ": input_sizes must contain " + std::to_string(kRank) +
                               " values, got " + std::to_string(sizes.rank()));
  }
  if (in[0] < 0) in[0] = grad[0];
  if (c.ints(0)) {
    for (const auto d : in) {
      if (d < 0 && grad.is_fully_known() && filter.is_fully_known()) {
        throw InvalidArgumentError(std::string(op) + ": input_sizes must be non-negative");
      }
    }
  }
  const auto mismatch = [&](const std::string& what) { throw InvalidArgumentError(std::string(op) + ": " + what); };
  check_same_batch(in, grad, op);
  const auto in_depth = in[channel], filter_in = filter[kRank - 2], filter_out = filter[kRank - 1];
  if (filter_in == 0) mismatch("filter depth must be stricly greated than 0");
  if (in_depth >= 0 && filter_in >= 0 && in_depth % filter_in != 0) {
    mismatch("input depth must be evenly divisible by filter depth");
  }
  if (filter_out >= 0 && grad[channel] >= 0 && filter_out != grad[channel]) {
    mismatch("filter and out_backprop must have the same out_depth");
  }
  if (in_depth > 0 && filter_in > 0 && filter_out >= 0 && filter_out % (in_depth / filter_in) != 0) {
    mismatch("output depth must be evenly divisible by number of groups");
  }
  check_gradient_size<kRank>(attrs, in, filter.dims(), grad, op);
  return {in};
}

// The output position that reads input position `i` through tap `k`, or -1.
std::int64_t reader_of(const WindowDim& d, std::int64_t i, std::int64_t k) {
  const auto shifted = i + d.pad_before - k * d.dilation;
  if (shifted < 0 || shifted % d.stride != 0) return -1;
  const auto o = shifted / d.stride;
  return o < d.out ? o : -1;
}

// fn(tap, offset of channel 0 of the output) for each output position that reads input position (z, y, x).
template <class Fn>
void for_each_reader(const WindowGeometry& g, std::int64_t z, std::int64_t y, std::int64_t x, Fn&& fn) {
  const auto& [d, h, w] = g.dims;
  for (std::int64_t kz = 0; kz < d.kernel; ++kz) {
    const auto oz = reader_of(d, z, kz);
    for (std::int64_t ky = 0; oz >= 0 && ky < h.kernel; ++ky) {
      const auto oy = reader_of(h, y, ky);
      for (std::int64_t kx = 0; oy >= 0 && kx < w.kernel; ++kx) {
        const auto ox = reader_of(w, x, kx);
        if (ox >= 0) fn((kz * h.kernel + ky) * w.kernel + kx, oz, oy, ox);
      }
    }
  }
}

// fn(n, z, y, x, sums) for each input position, shared out over threads.
template <class C, class Fn>
void for_each_input(const WindowGeometry& g, std::int64_t images, Fn&& fn) {
  const auto depth = g.dims[0].in, height = g.dims[1].in, width = g.dims[2].in;
  kernels::parallel_for(images * depth * height, 1, [&](std::int64_t begin, std::int64_t end) {
    std::vector<C> sums(static_cast<std::size_t>(g.channels_in));
    for (auto row = begin; row < end; ++row) {
      const auto y = row % height, z = row / height % depth, n = row / height / depth;
      for (std::int64_t x = 0; x < width; ++x) {
        std::fill(sums.begin(), sums.end(), C{});
        fn(n, z, y, x, sums);
      }
    }
  });
}

template <class T, class C>
void store_pixel(const WindowGeometry& g, std::int64_t n, std::int64_t z, std::int64_t y, std::int64_t x,
                 const std::vector<C>& sums, T* out) {
  T* pixel = out + n * g.in.batch + z * g.in.spatial[0] + y * g.in.spatial[1] + x * g.in.spatial[2];
  for (std::int64_t c = 0; c < g.channels_in; ++c) {
    pixel[c * g.in.channel] = static_cast<T>(sums[static_cast<std::size_t>(c)]);
  }
}

template <class T>
void gather_back(const WindowGeometry& g, std::int64_t groups, const T* filter, const T* grad, T* out) {
  using C = compute_t<T>;
  const auto in_group = g.channels_in / groups, out_group = g.channels_out / groups;
  for_each_input<C>(
      g, g.batch, [&](std::int64_t n, std::int64_t z, std::int64_t y, std::int64_t x, std::vector<C>& sums) {
        for_each_reader(g, z, y, x, [&](std::int64_t tap, std::int64_t oz, std::int64_t oy, std::int64_t ox) {
          const T* pixel = grad + out_offset(g, n, oz, oy, ox);
          const T* weights = filter + tap * in_group * g.channels_out;
          for (std::int64_t c = 0; c < g.channels_in; ++c) {
            const auto group = c / in_group;
            const T* row = weights + c % in_group * g.channels_out + group * out_group;
            C sum{};
            for (std::int64_t o = 0; o < out_group; ++o) {
              sum += static_cast<C>(row[o]) * static_cast<C>(pixel[(group * out_group + o) * g.out.channel]);
            }
            sums[static_cast<std::size_t>(c)] += sum;
          }
        });
        store_pixel(g, n, z, y, x, sums, out);
      });
}

// The same as one product per image: every output pixel's share in every tap, then gathered.
void gather_back_fast(const WindowGeometry& g, const float* filter, const float* grad, float* out) {
  const auto pixels = g.dims[0].out * g.dims[1].out * g.dims[2].out;
  const auto taps = g.dims[0].kernel * g.dims[1].kernel * g.dims[2].kernel;
  const auto columns = taps * g.channels_in;
  kernels::AlignedBuffer<float> shares(pixels * columns);
  for (std::int64_t n = 0; n < g.batch; ++n) {
    kernels::gemm_strided(pixels, columns, g.channels_out, {grad + n * g.out.batch, g.out.spatial[2], g.out.channel},
                          {filter, 1, g.channels_out}, shares.data(), columns);
    for_each_input<float>(
        g, 1, [&](std::int64_t, std::int64_t z, std::int64_t y, std::int64_t x, std::vector<float>& sums) {
          for_each_reader(g, z, y, x, [&](std::int64_t tap, std::int64_t oz, std::int64_t oy, std::int64_t ox) {
            const auto pixel = (oz * g.dims[1].out + oy) * g.dims[2].out + ox;
            const float* share = shares.data() + pixel * columns + tap * g.channels_in;
            for (std::size_t c = 0; c < sums.size(); ++c) sums[c] += share[c];
          });
          store_pixel(g, n, z, y, x, sums, out);
        });
  }
}

template <class Names>
std::unique_ptr<Kernel> backprop_kernel(const KernelSpec& spec) {
  constexpr auto kRank = Names::kRank;
  const char* op = Names::kInput;
  const auto attrs = window_attrs(spec.attrs, kRank, op);
  const auto& filter = spec.inputs[1].shape;
  const auto g = window_geometry(attrs, spec.outputs[0].shape, spec.inputs[2].shape, filter.dims(), op);
  const auto groups = std::max<std::int64_t>(1, g.channels_in / filter[kRank - 2]);
  const bool is_empty = spec.elements(0) == 0 || spec.inputs[2].shape.num_elements() == 0;
  if (kRank == 4 && spec.inputs[1].dtype == DType::float32 && !attrs.layout.channels_first && !is_empty) {
    const auto shape = conv2d_shape(g, groups);
    if (kernels::InputGradient::supports(shape)) return input_gradient_kernel(spec, shape, g.batch, false);
  }
  if (spec.inputs[1].dtype == DType::float32 && groups == 1 && g.channels_in > 0 && g.channels_out > 0 && !is_empty) {
    return make_kernel(
        [g](const KernelRun& io) { gather_back_fast(g, io.input<float>(1), io.input<float>(2), io.output<float>(0)); });
  }
  return dispatch<ConvTypes>(spec.inputs[1].dtype, op, [&]<class T>() -> std::unique_ptr<Kernel> {
    return make_kernel(
        [=](const KernelRun& io) { gather_back<T>(g, groups, io.input<T>(1), io.input<T>(2), io.output<T>(0)); });
  });
}

}  // namespace

std::unique_ptr<Kernel> input_gradient_kernel(const KernelSpec& spec, const kernels::Conv2DShape& shape,
                                              std::int64_t images, bool depthwise) {
  const auto gradient = std::make_shared<const kernels::InputGradient>(shape, images, depthwise);
  std::shared_ptr<kernels::AlignedBuffer<float>> ready;
  const auto packed_floats = gradient->packed_size();
  if (const auto* filter = spec.value(1)) {
    ready = std::make_shared<kernels::AlignedBuffer<float>>(packed_floats);
    gradient->pack_part(filter->data<float>().data(), ready->data(), {});
  }
  // Scratch: the packed filter, unless it is ready, then the gradient's own.
  const auto packed = [ready](const KernelRun& io) {
    return ready ? ready->data() : reinterpret_cast<float*>(io.scratch);
  };
  const auto own_floats = ready ? 0 : packed_floats;
  const auto scratch = [own_floats](const KernelRun& io) { return reinterpret_cast<float*>(io.scratch) + own_floats; };
  std::vector<KernelStage> stages;
  if (!ready) {
    stages.push_back({4.0 * static_cast<double>(packed_floats), [=](const KernelRun& io, kernels::Part part) {
                        gradient->pack_part(io.input<float>(1), packed(io), part);
                      }});
  }
  stages.push_back({gradient->flops(), [=](const KernelRun& io, kernels::Part part) {
                      gradient->convolve_part(io.input<float>(2), packed(io), io.output<float>(0), scratch(io), part);
                    }});
  if (gradient->places()) {
    stages.push_back({8.0 * static_cast<double>(spec.elements(0)), [=](const KernelRun& io, kernels::Part part) {
                        gradient->place_part(scratch(io), io.output<float>(0), part);
                      }});
  }
  return make_staged_kernel(std::move(stages),
                            static_cast<std::size_t>(own_floats + gradient->scratch_size()) * sizeof(float));
}

}  // namespace hornbeam

HB_REGISTER(conv_backprop_input) {
  using namespace hornbeam;
  add_op(conv_op<Conv2DNames>(Conv2DNames::kInput)
             .input("input_sizes: int32")
             .input("filter: T")
             .input("out_backprop: T")
             .shape(backprop_shape<Conv2DNames>)
             .kernel(backprop_kernel<Conv2DNames>)
             .gradient(conv_input_gradient<Conv2DNames>));
  add_op(conv_op<Conv3DNames>(Conv3DNames::kInput)
             .input("input_sizes: Tshape")
             .input("filter: T")
             .input("out_backprop: T")
             .attr("Tshape: type = int32")
             .shape(backprop_shape<Conv3DNames>)
             .kernel(backprop_kernel<Conv3DNames>)
             .gradient(conv_input_gradient<Conv3DNames>));
}
