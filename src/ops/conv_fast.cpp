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
  const auto conv = std::make_shared<const kernels::Conv2D>(shape, options);
  const auto packed_floats = (conv->packed_size() + 15) / 16 * 16;
  const auto pixels_in = shape.height * shape.width, pixels_out = g.dims[1].out * g.dims[2].out;
  const auto in_floats = static_cast<std::size_t>(channels_first ? g.batch * pixels_in * g.channels_in : 0);
  const auto out_floats = static_cast<std::size_t>(channels_first ? g.batch * pixels_out * g.channels_out : 0);
  const double work = kernels::conv_work(shape, depthwise) * static_cast<double>(g.batch);
  std::shared_ptr<kernels::AlignedBuffer<float>> ready;
  if (const auto* filter = spec.value(1)) {
    ready = std::make_shared<kernels::AlignedBuffer<float>>(packed_floats);
    conv->pack_part(filter->data<float>().data(), nullptr, ready->data(), {});
  }
  const auto packed = [ready](const KernelRun& io) {
    return ready ? ready->data() : reinterpret_cast<float*>(io.scratch);
  };
  const auto own_floats = ready ? 0 : static_cast<std::size_t>(packed_floats);
  const auto pack = [conv, packed](const KernelRun& io, kernels::Part part) {
    conv->pack_part(io.input<float>(1), nullptr, packed(io), part);
  };
  if (channels_first) {
    return make_kernel(
        [=](const KernelRun& io) {
          float* in = reinterpret_cast<float*>(io.scratch) + own_floats;
          float* out = in + in_floats;
          if (!ready) pack(io, {});
          turn(g.batch, g.channels_in, pixels_in, io.input<float>(0), in);
          kernels::parallel_parts(
              work, [&](kernels::Part part) { conv->run_part(g.batch, in, out, nullptr, packed(io), part); });
          turn(g.batch, pixels_out, g.channels_out, out, io.output<float>(0));
        },
        (own_floats + in_floats + out_floats) * sizeof(float));
  }
  std::vector<KernelStage> stages;
  if (!ready) stages.push_back({4.0 * static_cast<double>(packed_floats), pack});
  stages.push_back({work, [=](const KernelRun& io, kernels::Part part) {
                      conv->run_part(g.batch, io.input<float>(0), io.output<float>(0), nullptr, packed(io), part);
                    }});
  return make_staged_kernel(std::move(stages), own_floats * sizeof(float));
}

}  // namespace hornbeam
