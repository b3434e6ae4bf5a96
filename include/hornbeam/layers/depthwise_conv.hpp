// DepthwiseConv1D, DepthwiseConv2D, SeparableConv1D, SeparableConv2D. Mirror keras.layers. See layers.hpp.
//
// Depthwise: each channel has its own `depth_multiplier` filters; weights depthwise_kernel (*kernel_size, channels,
// depth_multiplier), bias (channels * depth_multiplier). Separable: a depthwise convolution, then a pointwise one;
// weights depthwise_kernel, pointwise_kernel (1..., channels * depth_multiplier, filters), bias (filters).
#pragma once

#include "hornbeam/layers/kernel_fields.hpp"

namespace hornbeam {

struct DepthwiseConvOptions {
  std::vector<std::int64_t> strides = {1};
  std::string padding = "valid";
  std::int64_t depth_multiplier = 1;
  std::string data_format = {};  // default: backend::image_data_format()
  std::vector<std::int64_t> dilation_rate = {1};
  Activation activation = "linear";
  bool use_bias = true;
  Initializer depthwise_initializer = "glorot_uniform";
  Initializer bias_initializer = "zeros";
  Regularizer depthwise_regularizer = {};
  Regularizer bias_regularizer = {};
  Regularizer activity_regularizer = {};
  Constraint depthwise_constraint = {};
  Constraint bias_constraint = {};
  HB_LAYER_OPTIONS
};

using DepthwiseConv1DOptions = DepthwiseConvOptions;
using DepthwiseConv2DOptions = DepthwiseConvOptions;

// What the two share.
class DepthwiseConvLayer : public Layer {
 public:
  using Layer::build;
  void build(const Shape& input_shape) override;
  Values call(const Values& inputs, CallContext& context) override;
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f.required("kernel_size", self.kernel_size_);
    depthwise_fields(self.o_, self.inherited_, self.activity_regularizer_, f);
    f("depthwise_initializer", self.o_.depthwise_initializer);
    f("depthwise_regularizer", self.o_.depthwise_regularizer);
    f("depthwise_constraint", self.o_.depthwise_constraint);
  }
  void check();

  Variable depthwise_kernel, bias;  // after build

 protected:
  DepthwiseConvLayer(std::size_t rank, const LayerOptions& options) : Layer(options), rank_(rank) {}
  DepthwiseConvLayer(std::size_t rank, std::vector<std::int64_t> kernel_size, const DepthwiseConvOptions& options);

 private:
  std::size_t rank_;
  std::vector<std::int64_t> kernel_size_;
  InheritedConvFields inherited_;
  DepthwiseConvOptions o_;
};

#define HB_DEPTHWISE_LAYER(N)                                                                                     \
  class DepthwiseConv##N##DLayer final : public DepthwiseConvLayer {                                              \
   public:                                                                                                        \
    static constexpr const char* kClassName = "DepthwiseConv" #N "D";                                             \
    explicit DepthwiseConv##N##DLayer(const LayerOptions& options) : DepthwiseConvLayer(N, options) {}            \
    DepthwiseConv##N##DLayer(std::vector<std::int64_t> kernel_size, const DepthwiseConvOptions& options)          \
        : DepthwiseConvLayer(N, std::move(kernel_size), options) {}                                               \
    std::string class_name() const override { return kClassName; }                                                \
    Config get_config() const override { return config_of(*this); }                                               \
  };                                                                                                              \
  class DepthwiseConv##N##D : public Ref<DepthwiseConv##N##DLayer> {                                              \
   public:                                                                                                        \
    explicit DepthwiseConv##N##D(std::vector<std::int64_t> kernel_size, const DepthwiseConvOptions& options = {}) \
        : Ref(std::make_shared<DepthwiseConv##N##DLayer>(std::move(kernel_size), options)) {}                     \
    explicit DepthwiseConv##N##D(std::int64_t kernel_size, const DepthwiseConvOptions& options = {})              \
        : DepthwiseConv##N##D(std::vector<std::int64_t>{kernel_size}, options) {}                                 \
  }

HB_DEPTHWISE_LAYER(1);
HB_DEPTHWISE_LAYER(2);
#undef HB_DEPTHWISE_LAYER

struct SeparableConvOptions {
  std::vector<std::int64_t> strides = {1};
  std::string padding = "valid";
  std::string data_format = {};  // default: backend::image_data_format()
  std::vector<std::int64_t> dilation_rate = {1};
  std::int64_t depth_multiplier = 1;
  Activation activation = "linear";
  bool use_bias = true;
  Initializer depthwise_initializer = "glorot_uniform";
  Initializer pointwise_initializer = "glorot_uniform";
  Initializer bias_initializer = "zeros";
  Regularizer depthwise_regularizer = {};
  Regularizer pointwise_regularizer = {};
  Regularizer bias_regularizer = {};
  Regularizer activity_regularizer = {};
  Constraint depthwise_constraint = {};
  Constraint pointwise_constraint = {};
  Constraint bias_constraint = {};
  HB_LAYER_OPTIONS
};

class SeparableConvLayer : public Layer {
 public:
  using Layer::build;
  void build(const Shape& input_shape) override;
  Values call(const Values& inputs, CallContext& context) override;
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f.required("filters", self.filters_);
    f.required("kernel_size", self.kernel_size_);
    depthwise_fields(self.o_, self.inherited_, self.activity_regularizer_, f);
    f("depthwise_initializer", self.o_.depthwise_initializer);
    f("pointwise_initializer", self.o_.pointwise_initializer);
    f("depthwise_regularizer", self.o_.depthwise_regularizer);
    f("pointwise_regularizer", self.o_.pointwise_regularizer);
    f("depthwise_constraint", self.o_.depthwise_constraint);
    f("pointwise_constraint", self.o_.pointwise_constraint);
  }
  void check();

  Variable depthwise_kernel, pointwise_kernel, bias;  // after build

 protected:
  SeparableConvLayer(std::size_t rank, const LayerOptions& options) : Layer(options), rank_(rank) {}
  SeparableConvLayer(std::size_t rank, std::int64_t filters, std::vector<std::int64_t> kernel_size,
                     const SeparableConvOptions& options);

 private:
  std::size_t rank_;
  std::int64_t filters_ = 0;
  std::vector<std::int64_t> kernel_size_;
  InheritedConvFields inherited_;
  SeparableConvOptions o_;
};

#define HB_SEPARABLE_LAYER(N)                                                                                     \
  class SeparableConv##N##DLayer final : public SeparableConvLayer {                                              \
   public:                                                                                                        \
    static constexpr const char* kClassName = "SeparableConv" #N "D";                                             \
    explicit SeparableConv##N##DLayer(const LayerOptions& options) : SeparableConvLayer(N, options) {}            \
    SeparableConv##N##DLayer(std::int64_t filters, std::vector<std::int64_t> kernel_size,                         \
                             const SeparableConvOptions& options)                                                 \
        : SeparableConvLayer(N, filters, std::move(kernel_size), options) {}                                      \
    std::string class_name() const override { return kClassName; }                                                \
    Config get_config() const override { return config_of(*this); }                                               \
  };                                                                                                              \
  class SeparableConv##N##D : public Ref<SeparableConv##N##DLayer> {                                              \
   public:                                                                                                        \
    SeparableConv##N##D(std::int64_t filters, std::vector<std::int64_t> kernel_size,                              \
                        const SeparableConvOptions& options = {})                                                 \
        : Ref(std::make_shared<SeparableConv##N##DLayer>(filters, std::move(kernel_size), options)) {}            \
    SeparableConv##N##D(std::int64_t filters, std::int64_t kernel_size, const SeparableConvOptions& options = {}) \
        : SeparableConv##N##D(filters, std::vector<std::int64_t>{kernel_size}, options) {}                        \
  }

HB_SEPARABLE_LAYER(1);
HB_SEPARABLE_LAYER(2);
#undef HB_SEPARABLE_LAYER

}  // namespace hornbeam
