// AdaptiveMaxPooling1D/2D/3D and AdaptiveAveragePooling1D/2D/3D: pools to a given output size. Mirror Keras 3's
// keras.layers.
//
//   auto y = AdaptiveAveragePooling2D({.output_size = {7, 7}})(x);
//
// Output i of n along a dim of size s is made of the inputs from floor(i s / n) up to ceil((i + 1) s / n). Spatial dims
// must be known. Input as pooling.hpp's. No weights. See layers.hpp.
#pragma once

#include "hornbeam/fields.hpp"

namespace hornbeam {

struct AdaptivePoolingOptions {
  std::vector<std::int64_t> output_size = {};  // required; one number stands for all dims
  std::string data_format = {};                // default: backend::image_data_format()
  HB_LAYER_OPTIONS
};

class AdaptivePoolingLayer : public Layer {
 public:
  Values call(const Values& inputs, CallContext& context) override;
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f.required("output_size", self.output_size_);
    f("data_format", self.data_format_);
  }
  void check();

 protected:
  AdaptivePoolingLayer(std::size_t rank, bool max, const LayerOptions& options)
      : Layer(options), rank_(rank), max_(max) {}
  AdaptivePoolingLayer(std::size_t rank, bool max, const AdaptivePoolingOptions& options);

 private:
  std::size_t rank_;
  bool max_;
  Config output_size_;  // a list of `rank_` numbers once checked
  std::string data_format_;
};

#define HB_ADAPTIVE_POOLING(Name, Rank, IsMax)                                                                  \
  class Name##Layer final : public AdaptivePoolingLayer {                                                       \
   public:                                                                                                      \
    static constexpr const char* kClassName = #Name;                                                            \
    explicit Name##Layer(const LayerOptions& options) : AdaptivePoolingLayer(Rank, IsMax, options) {}           \
    explicit Name##Layer(const AdaptivePoolingOptions& options) : AdaptivePoolingLayer(Rank, IsMax, options) {} \
    std::string class_name() const override { return kClassName; }                                              \
    Config get_config() const override { return config_of(*this); }                                             \
  };                                                                                                            \
  class Name : public Ref<Name##Layer> {                                                                        \
   public:                                                                                                      \
    explicit Name(const AdaptivePoolingOptions& options) : Ref(std::make_shared<Name##Layer>(options)) {}       \
  }

HB_ADAPTIVE_POOLING(AdaptiveMaxPooling1D, 1, true);
HB_ADAPTIVE_POOLING(AdaptiveMaxPooling2D, 2, true);
HB_ADAPTIVE_POOLING(AdaptiveMaxPooling3D, 3, true);
HB_ADAPTIVE_POOLING(AdaptiveAveragePooling1D, 1, false);
HB_ADAPTIVE_POOLING(AdaptiveAveragePooling2D, 2, false);
HB_ADAPTIVE_POOLING(AdaptiveAveragePooling3D, 3, false);
#undef HB_ADAPTIVE_POOLING

}  // namespace hornbeam
