// Convolutions of MobileNetV2, ResNet50, EfficientNetB0 and the small CNN: own kernels against oneDNN's with NHWC and
// with blocked activations. Own kernels run on HORNBEAM_NUM_THREADS threads, oneDNN's on OMP_NUM_THREADS.
#include <benchmark/benchmark.h>

#include <vector>

#include "conv_shapes.h"
#include "onednn_reference.h"
#include "ops/kernels/conv.h"

namespace hornbeam::bench {
namespace {

using kernels::Conv2DShape;

struct Layer {
  const char* name;
  Conv2DShape shape;
  bool depthwise = false;
};

const std::vector<Layer>& layers() {
  static const std::vector<Layer> all = {
      {"mobilenet_stem_3x3s2_3_32_224", same(224, 3, 3, 32, 2), false},
      {"mobilenet_1x1_16_96_112", same(112, 16, 1, 96, 1), false},
      {"mobilenet_dw3_96_112s2", same(112, 96, 3, 96, 2), true},
      {"mobilenet_1x1_144_24_56", same(56, 144, 1, 24, 1), false},
      {"mobilenet_dw3_144_56", same(56, 144, 3, 144, 1), true},
      {"mobilenet_1x1_64_384_14", same(14, 64, 1, 384, 1), false},
      {"mobilenet_dw3_384_14", same(14, 384, 3, 384, 1), true},
      {"mobilenet_1x1_384_64_14", same(14, 384, 1, 64, 1), false},
      {"mobilenet_1x1_960_160_7", same(7, 960, 1, 160, 1), false},
      {"mobilenet_1x1_320_1280_7", same(7, 320, 1, 1280, 1), false},
      {"efficientnet_dw5_240_28", same(28, 240, 5, 240, 1), true},
      {"efficientnet_dw5_672_14s2", same(14, 672, 5, 672, 2), true},
      {"resnet_stem_7x7s2_3_64_224", same(224, 3, 7, 64, 2), false},
      {"resnet_1x1_64_256_56", same(56, 64, 1, 256, 1), false},
      {"resnet_3x3_64_64_56", same(56, 64, 3, 64, 1), false},
      {"resnet_3x3_128_128_28", same(28, 128, 3, 128, 1), false},
      {"resnet_1x1s2_512_1024_28", same(28, 512, 1, 1024, 2), false},
      {"resnet_3x3_256_256_14", same(14, 256, 3, 256, 1), false},
      {"resnet_1x1_1024_256_14", same(14, 1024, 1, 256, 1), false},
      {"resnet_3x3_512_512_7", same(7, 512, 3, 512, 1), false},
      {"resnet_1x1_2048_512_7", same(7, 2048, 1, 512, 1), false},
      {"cnn_3x3_1_32_28", {28, 28, 1, 3, 3, 32}, false},
      {"cnn_3x3_32_64_13", {13, 13, 32, 3, 3, 64}, false},
  };
  return all;
}

void rate(benchmark::State& state, const Layer& layer) {
  const Conv2DShape& s = layer.shape;
  const double taps = static_cast<double>(s.kernel_height * s.kernel_width * (layer.depthwise ? 1 : s.channels));
  const double flops = 2.0 * taps * static_cast<double>(s.out_height() * s.out_width() * s.out_channels);
  state.counters["GFLOP/s"] = benchmark::Counter(flops * 1e-9, benchmark::Counter::kIsIterationInvariantRate);
}

void own(benchmark::State& state, const Layer& layer) {
  const Conv2DShape& s = layer.shape;
  const int64_t depth = layer.depthwise ? 1 : s.channels;
  const std::vector<float> filter(static_cast<size_t>(s.kernel_height * s.kernel_width * depth * s.out_channels), 0.1F);
  const std::vector<float> bias(static_cast<size_t>(s.out_channels), 0.1F);
  const auto inputs = s.height * s.width * s.channels;
  kernels::AlignedBuffer<float> src(inputs), dst(s.out_height() * s.out_width() * s.out_channels);  // as an arena is
  std::fill_n(src.data(), inputs, 0.1F);
  kernels::Conv2DOptions options;
  options.activation = {kernels::Unary::kRelu6};
  options.depthwise = layer.depthwise;
  const kernels::Conv2D conv(s, filter.data(), bias.data(), options);
  for (auto _ : state) conv.run(1, src.data(), dst.data());
  state.SetLabel(conv.route());
  rate(state, layer);
}

void onednn(benchmark::State& state, const Layer& layer, dnnl::memory::format_tag layout) {
  OneDnnConv conv(layer.shape, layer.depthwise, layout);
  for (auto _ : state) conv.run();
  state.SetLabel(conv.name());
  rate(state, layer);
}

const int registered = [] {
  for (const Layer& layer : layers()) {
    const std::string name = layer.name;
    benchmark::RegisterBenchmark((name + "/own").c_str(), [&layer](benchmark::State& s) { own(s, layer); });
    benchmark::RegisterBenchmark((name + "/onednn_nhwc").c_str(),
                                 [&layer](benchmark::State& s) { onednn(s, layer, dnnl::memory::format_tag::nhwc); });
    benchmark::RegisterBenchmark((name + "/onednn_blocked").c_str(),
                                 [&layer](benchmark::State& s) { onednn(s, layer, dnnl::memory::format_tag::nChw8c); });
  }
  return 0;
}();

}  // namespace
}  // namespace hornbeam::bench
