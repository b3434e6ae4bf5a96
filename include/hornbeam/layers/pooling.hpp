// MaxPooling1D/2D/3D, AveragePooling1D/2D/3D and their global forms. Mirror keras.layers.
//
// Input (batch, spatial..., channels) or, channels_first, (batch, channels, spatial...). No weights. Averages leave out
// the padding. GlobalAveragePooling1D honours a mask. See layers.hpp.
#pragma once

#include "hornbeam/fields.hpp"

namespace hornbeam {

struct PoolingOptions {
  std::vector<std::int64_t> pool_size = {2};
  std::optional<std::vector<std::int64_t>> strides = {};  // default: pool_size
  std::string padding = "valid";
  std::string data_format = {};  // default: backend::image_data_format(); in one dimension channels_last
  HB_LAYER_OPTIONS
};

class PoolingLayer : public Layer {
 public:
  Values call(const Values& inputs, CallContext& context) override;
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    // Keras lists 1-D pools in another order than the rest.
    if (self.rank_ == 1) {
      f("strides", self.o_.strides);
      f("pool_size", self.o_.pool_size);
      f("padding", self.o_.padding);
      f("data_format", self.o_.data_format);
    } else {
      f("pool_size", self.o_.pool_size);
      f("padding", self.o_.padding);
      f("strides", self.o_.strides);
      f("data_format", self.o_.data_format);
    }
  }
  void check();

 protected:
  PoolingLayer(std::size_t rank, bool max, const LayerOptions& options) : Layer(options), rank_(rank), max_(max) {}
  PoolingLayer(std::size_t rank, bool max, const PoolingOptions& options);

 private:
  std::size_t rank_;
  bool max_;
  PoolingOptions o_;
};

struct GlobalPoolingOptions {
  std::string data_format = {};  // default: backend::image_data_format(); in one dimension channels_last
  bool keepdims = false;
  HB_LAYER_OPTIONS
};

class GlobalPoolingLayer : public Layer {
 public:
  Values call(const Values& inputs, CallContext& context) override;
  std::vector<Tensor> compute_mask(const Values& inputs, const std::vector<Tensor>& masks) override;
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f("data_format", self.o_.data_format);
    f("keepdims", self.o_.keepdims);
  }
  void check();

 protected:
  GlobalPoolingLayer(std::size_t rank, bool max, const LayerOptions& options)
      : Layer(options), rank_(rank), max_(max) {}
  GlobalPoolingLayer(std::size_t rank, bool max, const GlobalPoolingOptions& options);

 private:
  std::size_t rank_;
  bool max_;
  GlobalPoolingOptions o_;
};

#define HB_POOLING_LAYER(Name, Base, Options, Rank, IsMax)                                      \
  class Name##Layer final : public Base {                                                       \
   public:                                                                                      \
    static constexpr const char* kClassName = #Name;                                            \
    explicit Name##Layer(const LayerOptions& options) : Base(Rank, IsMax, options) {}           \
    explicit Name##Layer(const Options& options) : Base(Rank, IsMax, options) {}                \
    std::string class_name() const override { return kClassName; }                              \
    Config get_config() const override { return config_of(*this); }                             \
  };                                                                                            \
  class Name : public Ref<Name##Layer> {                                                        \
   public:                                                                                      \
    explicit Name(const Options& options = {}) : Ref(std::make_shared<Name##Layer>(options)) {} \
  }

HB_POOLING_LAYER(MaxPooling1D, PoolingLayer, PoolingOptions, 1, true);
HB_POOLING_LAYER(MaxPooling2D, PoolingLayer, PoolingOptions, 2, true);
HB_POOLING_LAYER(MaxPooling3D, PoolingLayer, PoolingOptions, 3, true);
HB_POOLING_LAYER(AveragePooling1D, PoolingLayer, PoolingOptions, 1, false);
HB_POOLING_LAYER(AveragePooling2D, PoolingLayer, PoolingOptions, 2, false);
HB_POOLING_LAYER(AveragePooling3D, PoolingLayer, PoolingOptions, 3, false);
HB_POOLING_LAYER(GlobalMaxPooling1D, GlobalPoolingLayer, GlobalPoolingOptions, 1, true);
HB_POOLING_LAYER(GlobalMaxPooling2D, GlobalPoolingLayer, GlobalPoolingOptions, 2, true);
HB_POOLING_LAYER(GlobalMaxPooling3D, GlobalPoolingLayer, GlobalPoolingOptions, 3, true);
HB_POOLING_LAYER(GlobalAveragePooling1D, GlobalPoolingLayer, GlobalPoolingOptions, 1, false);
HB_POOLING_LAYER(GlobalAveragePooling2D, GlobalPoolingLayer, GlobalPoolingOptions, 2, false);
HB_POOLING_LAYER(GlobalAveragePooling3D, GlobalPoolingLayer, GlobalPoolingOptions, 3, false);
#undef HB_POOLING_LAYER

}  // namespace hornbeam
