// Conv1D, Conv2D, Conv3D: convolutions. Mirror keras.layers.
//
// Input (batch, spatial..., channels) or, channels_first, (batch, channels, spatial...). Weights: kernel
// (*kernel_size, channels / groups, filters), bias (filters). See layers.hpp.
#pragma once

#include "hornbeam/layers/kernel_fields.hpp"
#include "hornbeam/layers/lora.hpp"

namespace hornbeam {

struct ConvOptions {
  std::vector<std::int64_t> strides = {1};
  std::string padding = "valid";  // valid, same; Conv1D also causal
  std::string data_format = {};   // default: backend::image_data_format(); in one dimension channels_last
  std::vector<std::int64_t> dilation_rate = {1};
  std::int64_t groups = 1;
  Activation activation = "linear";
  bool use_bias = true;
  Initializer kernel_initializer = "glorot_uniform";
  Initializer bias_initializer = "zeros";
  Regularizer kernel_regularizer = {};
  Regularizer bias_regularizer = {};
  Regularizer activity_regularizer = {};
  Constraint kernel_constraint = {};
  Constraint bias_constraint = {};
  std::optional<std::int64_t> lora_rank = {};  // Keras 3
  std::optional<double> lora_alpha = {};       // default: the rank
  HB_LAYER_OPTIONS
};
using Conv1DOptions = ConvOptions;
using Conv2DOptions = ConvOptions;
using Conv3DOptions = ConvOptions;

// What the three share.
class ConvLayer : public LoraLayer {
 public:
  using Layer::build;
  void build(const Shape& input_shape) override;
  Values call(const Values& inputs, CallContext& context) override;
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f.required("filters", self.filters_);
    f.required("kernel_size", self.kernel_size_);
    window_fields(self.o_, f);
    f("groups", self.o_.groups);
    kernel_fields(self.o_, self.activity_regularizer_, f);
    lora_fields(self, f);
  }
  void check();

  Variable kernel, bias;  // after build

 protected:
  ConvLayer(std::size_t rank, const LayerOptions& options) : LoraLayer(options), rank_(rank) {}
  ConvLayer(std::size_t rank, std::int64_t filters, std::vector<std::int64_t> kernel_size, const ConvOptions& options);

 private:
  const Constraint& kernel_constraint() const override { return o_.kernel_constraint; }

  std::size_t rank_;
  std::int64_t filters_ = 0;
  std::vector<std::int64_t> kernel_size_;
  ConvOptions o_;
};

#define HB_CONV_LAYER(N)                                                                                     \
  class Conv##N##DLayer final : public ConvLayer {                                                           \
   public:                                                                                                   \
    static constexpr const char* kClassName = "Conv" #N "D";                                                 \
    explicit Conv##N##DLayer(const LayerOptions& options) : ConvLayer(N, options) {}                         \
    Conv##N##DLayer(std::int64_t filters, std::vector<std::int64_t> kernel_size, const ConvOptions& options) \
        : ConvLayer(N, filters, std::move(kernel_size), options) {}                                          \
    std::string class_name() const override { return kClassName; }                                           \
    Config get_config() const override { return config_of(*this); }                                          \
  };                                                                                                         \
  class Conv##N##D : public Ref<Conv##N##DLayer> {                                                           \
   public:                                                                                                   \
    Conv##N##D(std::int64_t filters, std::int64_t kernel_size, const ConvOptions& options = {})              \
        : Conv##N##D(filters, std::vector<std::int64_t>{kernel_size}, options) {}                            \
    Conv##N##D(std::int64_t filters, std::vector<std::int64_t> kernel_size, const ConvOptions& options = {}) \
        : Ref(std::make_shared<Conv##N##DLayer>(filters, std::move(kernel_size), options)) {}                \
  }

HB_CONV_LAYER(1);
HB_CONV_LAYER(2);
HB_CONV_LAYER(3);
#undef HB_CONV_LAYER

}  // namespace hornbeam
