// What it costs that gradients of filters do not depend on the number of threads: the project's own kernel against
// oneDNN's, whose sums follow its threads, for ResNet50's and the small CNN's convolutions in batches as they are
// trained. Own kernels run on HORNBEAM_NUM_THREADS threads, oneDNN's on OMP_NUM_THREADS.
#include <benchmark/benchmark.h>

#include <dnnl.hpp>
#include <string>
#include <unordered_map>
#include <vector>

#include "conv_shapes.h"
#include "onednn_reference.h"
#include "ops/kernels/outer.h"
#include "ops/kernels/parallel.h"

namespace hornbeam::bench {
namespace {

using kernels::Conv2DShape;

struct Layer {
  const char* name;
  Conv2DShape shape;
  int64_t images;
};

const std::vector<Layer>& layers() {
  static const std::vector<Layer> all = {
      {"resnet_stem_7x7s2_3_64_224", same(224, 3, 7, 64, 2), 16},
      {"resnet_1x1_64_256_56", same(56, 64, 1, 256, 1), 16},
      {"resnet_3x3_64_64_56", same(56, 64, 3, 64, 1), 16},
      {"resnet_3x3_128_128_28", same(28, 128, 3, 128, 1), 16},
      {"resnet_1x1s2_512_1024_28", same(28, 512, 1, 1024, 2), 16},
      {"resnet_3x3_256_256_14", same(14, 256, 3, 256, 1), 16},
      {"resnet_1x1_1024_256_14", same(14, 1024, 1, 256, 1), 16},
      {"resnet_3x3_512_512_7", same(7, 512, 3, 512, 1), 16},
      {"cnn_3x3_1_32_28", {28, 28, 1, 3, 3, 32}, 64},
      {"cnn_3x3_32_64_13", {13, 13, 32, 3, 3, 64}, 64},
  };
  return all;
}

void own(benchmark::State& state, const Layer& layer) {
  const Conv2DShape& s = layer.shape;
  const std::vector<float> src(static_cast<size_t>(layer.images * s.height * s.width * s.channels), 0.1F);
  const std::vector<float> grad(static_cast<size_t>(layer.images * s.out_height() * s.out_width() * s.out_channels),
                                0.1F);
  std::vector<float> filter(static_cast<size_t>(s.kernel_height * s.kernel_width * s.channels * s.out_channels));
  const kernels::FilterGradient gradient{s, layer.images};
  for (auto _ : state) {
    kernels::parallel_parts(gradient.flops(), [&](kernels::Part part) {
      gradient.run_part(src.data(), grad.data(), filter.data(), nullptr, part);
    });
  }
}

void onednn(benchmark::State& state, const Layer& layer) {
  using dnnl::memory;
  using tag = memory::format_tag;
  const Conv2DShape& s = layer.shape;
  const auto f32 = memory::data_type::f32;
  dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  dnnl::stream stream(engine);
  const memory::desc src({layer.images, s.channels, s.height, s.width}, f32, tag::nhwc);
  const memory::desc dst({layer.images, s.out_channels, s.out_height(), s.out_width()}, f32, tag::nhwc);
  const memory::desc weights({s.out_channels, s.channels, s.kernel_height, s.kernel_width}, f32, tag::any);
  const memory::dims strides{s.stride_h, s.stride_w}, before{s.pad_top, s.pad_left}, after{s.pad_bottom, s.pad_right};
  const dnnl::convolution_forward::primitive_desc forward(
      {dnnl::prop_kind::forward_training, dnnl::algorithm::convolution_direct, src, weights, dst, strides, before,
       after},
      engine);
  const dnnl::convolution_backward_weights::primitive_desc described(
      {dnnl::algorithm::convolution_direct, src, weights, dst, strides, before, after}, engine, forward);
  const dnnl::convolution_backward_weights primitive(described);
  const std::unordered_map<int, memory> arguments = {
      {DNNL_ARG_SRC, filled(src, engine)},
      {DNNL_ARG_DIFF_DST, filled(dst, engine)},
      {DNNL_ARG_DIFF_WEIGHTS, filled(described.diff_weights_desc(), engine)}};
  for (auto _ : state) {
    primitive.execute(stream, arguments);
    stream.wait();
  }
  state.SetLabel(described.impl_info_str());
}

const int registered = [] {
  for (const Layer& layer : layers()) {
    const std::string name = layer.name;
    benchmark::RegisterBenchmark((name + "/own").c_str(), [&layer](benchmark::State& s) {
      own(s, layer);
    })->UseRealTime();
    benchmark::RegisterBenchmark((name + "/onednn").c_str(), [&layer](benchmark::State& s) {
      onednn(s, layer);
    })->UseRealTime();
  }
  return 0;
}();

}  // namespace
}  // namespace hornbeam::bench
