// Float32 convolutions of two spatial dims, by kernels::Conv2D.
#include "ops/conv.h"

namespace hornbeam {
namespace {

// [n, rows, columns] -> [n, columns, rows]
void turn(std::int64_t n, std::int64_t rows, std::int64_t columns, const float* from, float* to) {
  kernels::parallel_for(n * rows, std::max<std::int64_t>(1, 16384 / columns),
                        [=](std::int64_t begin, std::int64_t end) {
                          for (auto i = begin; i < end; ++i) {
                            const auto image = i / rows, r = i % rows;
                            for (std::int64_t c = 0; c < columns; ++c)
                              to[(image * columns + c) * rows + r] = from[i * columns + c];
                          }
                        });
}

}  // namespace

std::unique_ptr<Kernel> fast_conv2d(const KernelSpec& spec, const WindowGeometry& g, std::int64_t groups,
                                    bool channels_first, bool depthwise) {
  const auto shape = conv2d_shape(g, groups);
  kernels::Conv2DOptions options;
  options.depthwise = depthwise;
  const auto make = [=](const float* filter) { return kernels::Conv2D(shape, filter, nullptr, options); };
  std::shared_ptr<const kernels::Conv2D> ready;
  if (const auto* filter = spec.value(1)) {
    ready = std::make_shared<const kernels::Conv2D>(make(filter->data<float>().data()));
  }
  const auto pixels_in = shape.height * shape.width, pixels_out = g.dims[1].out * g.dims[2].out;
  const auto in_floats = static_cast<std::size_t>(channels_first ? g.batch * pixels_in * g.channels_in : 0);
  const auto out_floats = static_cast<std::size_t>(channels_first ? g.batch * pixels_out * g.channels_out : 0);
  return make_kernel(
      [=](const KernelRun& io) {
        const auto run = [&](const kernels::Conv2D& conv) {
          if (!channels_first) return conv.run(g.batch, io.input<float>(0), io.output<float>(0));
          float* in = reinterpret_cast<float*>(io.scratch);
          float* out = in + in_floats;
          turn(g.batch, g.channels_in, pixels_in, io.input<float>(0), in);
          conv.run(g.batch, in, out);
          turn(g.batch, pixels_out, g.channels_out, out, io.output<float>(0));
        };
        if (ready) {
          run(*ready);
        } else {
          run(make(io.input<float>(1)));
        }
      },
      (in_floats + out_floats) * sizeof(float));
}

}  // namespace hornbeam
