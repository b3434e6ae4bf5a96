// Conv1DTranspose, Conv2DTranspose, Conv3DTranspose: transposed convolutions. Mirror keras.layers.
//
// Input (batch, spatial..., channels) or, channels_first, (batch, channels, spatial...). Weights: kernel
// (*kernel_size, filters, channels), bias (filters). A spatial dim of n comes out as n * stride (same) or
// n * stride + max(kernel - stride, 0) (valid); with output_padding as (n - 1) * stride + kernel % 2 (same) or + kernel
// (valid), and the padding more. See layers.hpp.
#pragma once

#include "hornbeam/layers/kernel_fields.hpp"

namespace hornbeam {

struct ConvTransposeOptions {
  std::vector<std::int64_t> strides = {1};
  std::string padding = "valid";                                 // valid, same
  std::optional<std::vector<std::int64_t>> output_padding = {};  // less than the strides
  std::string data_format = {};                                  // default: backend::image_data_format()
  std::vector<std::int64_t> dilation_rate = {1};
  Activation activation = "linear";
  bool use_bias = true;
  Initializer kernel_initializer = "glorot_uniform";
  Initializer bias_initializer = "zeros";
  Regularizer kernel_regularizer = {};
  Regularizer bias_regularizer = {};
  Regularizer activity_regularizer = {};
  Constraint kernel_constraint = {};
  Constraint bias_constraint = {};
  HB_LAYER_OPTIONS
};
using Conv1DTransposeOptions = ConvTransposeOptions;
using Conv2DTransposeOptions = ConvTransposeOptions;
using Conv3DTransposeOptions = ConvTransposeOptions;

// What the three share.
class ConvTransposeLayer : public Layer {
 public:
  using Layer::build;
  void build(const Shape& input_shape) override;
  Values call(const Values& inputs, CallContext& context) override;
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f.required("filters", self.filters_);
    f.required("kernel_size", self.kernel_size_);
    window_fields(self.o_, f);
    f.optional("groups", self.groups_);
    kernel_fields(self.o_, self.activity_regularizer_, f);
    f("output_padding", self.o_.output_padding);
  }
  void check();

  Variable kernel, bias;  // after build

 protected:
  ConvTransposeLayer(std::size_t rank, const LayerOptions& options) : Layer(options), rank_(rank) {}
  ConvTransposeLayer(std::size_t rank, std::int64_t filters, std::vector<std::int64_t> kernel_size,
                     const ConvTransposeOptions& options);

 private:
  std::int64_t added(std::size_t dim) const;  // what a spatial dim is longer by than n * stride

  std::size_t rank_;
  std::int64_t filters_ = 0;
  std::vector<std::int64_t> kernel_size_;
  std::optional<std::int64_t> groups_;  // some tf.keras write what they inherit from Conv: it means nothing
  ConvTransposeOptions o_;
};

#define HB_CONV_TRANSPOSE_LAYER(N)                                                                                \
  class Conv##N##DTransposeLayer final : public ConvTransposeLayer {                                              \
   public:                                                                                                        \
    static constexpr const char* kClassName = "Conv" #N "DTranspose";                                             \
    explicit Conv##N##DTransposeLayer(const LayerOptions& options) : ConvTransposeLayer(N, options) {}            \
    Conv##N##DTransposeLayer(std::int64_t filters, std::vector<std::int64_t> kernel_size,                         \
                             const ConvTransposeOptions& options)                                                 \
        : ConvTransposeLayer(N, filters, std::move(kernel_size), options) {}                                      \
    std::string class_name() const override { return kClassName; }                                                \
    Config get_config() const override { return config_of(*this); }                                               \
  };                                                                                                              \
  class Conv##N##DTranspose : public Ref<Conv##N##DTransposeLayer> {                                              \
   public:                                                                                                        \
    Conv##N##DTranspose(std::int64_t filters, std::int64_t kernel_size, const ConvTransposeOptions& options = {}) \
        : Conv##N##DTranspose(filters, std::vector<std::int64_t>{kernel_size}, options) {}                        \
    Conv##N##DTranspose(std::int64_t filters, std::vector<std::int64_t> kernel_size,                              \
                        const ConvTransposeOptions& options = {})                                                 \
        : Ref(std::make_shared<Conv##N##DTransposeLayer>(filters, std::move(kernel_size), options)) {}            \
  }

HB_CONV_TRANSPOSE_LAYER(1);
HB_CONV_TRANSPOSE_LAYER(2);
HB_CONV_TRANSPOSE_LAYER(3);
#undef HB_CONV_TRANSPOSE_LAYER

}  // namespace hornbeam
