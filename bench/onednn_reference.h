// oneDNN's convolution and inner product, to measure the project's kernels against.
#pragma once

#include <algorithm>
#include <dnnl.hpp>
#include <string>
#include <unordered_map>

#include "ops/kernels/conv.h"

namespace hornbeam::bench {

inline dnnl::memory filled(const dnnl::memory::desc& md, const dnnl::engine& engine) {
  dnnl::memory m(md, engine);
  std::fill_n(static_cast<float*>(m.get_data_handle()), md.get_size() / sizeof(float), 0.1F);
  return m;
}

// conv + bias + relu6 of one shape, with activations in `layout` (nhwc, or nChw8c) and weights in the layout it likes.
class OneDnnConv {
 public:
  OneDnnConv(const kernels::Conv2DShape& s, bool depthwise, dnnl::memory::format_tag layout)
      : engine_(dnnl::engine::kind::cpu, 0), stream_(engine_) {
    using dnnl::memory;
    using tag = memory::format_tag;
    const auto f32 = memory::data_type::f32;
    const memory::dims weights = depthwise ? memory::dims{s.channels, 1, 1, s.kernel_height, s.kernel_width}
                                           : memory::dims{s.out_channels, s.channels, s.kernel_height, s.kernel_width};
    const bool image = s.channels < 8;
    const memory::desc src({1, s.channels, s.height, s.width}, f32, image ? tag::nhwc : layout);
    const memory::desc dst({1, s.out_channels, s.out_height(), s.out_width()}, f32, layout);
    dnnl::convolution_forward::desc desc(dnnl::prop_kind::forward_inference, dnnl::algorithm::convolution_direct, src,
                                         memory::desc(weights, f32, tag::any),
                                         memory::desc({s.out_channels}, f32, tag::x), dst, {s.stride_h, s.stride_w},
                                         {s.pad_top, s.pad_left}, {s.pad_bottom, s.pad_right});
    dnnl::post_ops ops;
    ops.append_eltwise(1.0F, dnnl::algorithm::eltwise_clip, 0.0F, 6.0F);
    dnnl::primitive_attr attributes;
    attributes.set_post_ops(ops);
    const dnnl::convolution_forward::primitive_desc pd(desc, attributes, engine_);
    name_ = pd.impl_info_str();
    primitive_ = dnnl::convolution_forward(pd);
    arguments_ = {{DNNL_ARG_SRC, filled(src, engine_)},
                  {DNNL_ARG_WEIGHTS, filled(pd.weights_desc(), engine_)},
                  {DNNL_ARG_BIAS, filled(pd.bias_desc(), engine_)},
                  {DNNL_ARG_DST, filled(dst, engine_)}};
  }
  void run() {
    primitive_.execute(stream_, arguments_);
    stream_.wait();
  }
  const std::string& name() const { return name_; }

 private:
  dnnl::engine engine_;
  dnnl::stream stream_;
  dnnl::primitive primitive_;
  std::unordered_map<int, dnnl::memory> arguments_;
  std::string name_;
};

}  // namespace hornbeam::bench
