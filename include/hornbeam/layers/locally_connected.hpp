// LocallyConnected1D, LocallyConnected2D: convolutions with filters of their own for each position. Mirror
// tf.keras.layers (Keras 3 has none).
//
// Input (batch, spatial..., channels) or, channels_first, (batch, channels, spatial...), of known sizes. Weights:
// kernel, bias (out spatial..., filters). `implementation` says how the kernel is kept, not how it is computed with: 1
// (positions out, window * channels, filters), which takes only valid padding; 2 (spatial..., channels, out spatial...,
// filters), of which most is not used; 3 (what is used of that). See layers.hpp.
#pragma once

#include "hornbeam/layers/kernel_fields.hpp"

namespace hornbeam {

struct LocallyConnectedOptions {
  std::vector<std::int64_t> strides = {1};
  std::string padding = "valid";
  std::string data_format = {};  // default: backend::image_data_format()
  Activation activation = "linear";
  bool use_bias = true;
  Initializer kernel_initializer = "glorot_uniform";
  Initializer bias_initializer = "zeros";
  Regularizer kernel_regularizer = {};
  Regularizer bias_regularizer = {};
  Regularizer activity_regularizer = {};
  Constraint kernel_constraint = {};
  Constraint bias_constraint = {};
  std::int64_t implementation = 1;
  HB_LAYER_OPTIONS
};
using LocallyConnected1DOptions = LocallyConnectedOptions;
using LocallyConnected2DOptions = LocallyConnectedOptions;

// What the two share.
class LocallyConnectedLayer : public Layer {
 public:
  using Layer::build;
  void build(const Shape& input_shape) override;
  Values call(const Values& inputs, CallContext& context) override;
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f.required("filters", self.filters_);
    f.required("kernel_size", self.kernel_size_);
    f("strides", self.o_.strides);
    f("padding", self.o_.padding);
    f("data_format", self.o_.data_format);
    kernel_fields(self.o_, self.activity_regularizer_, f);
    f("implementation", self.o_.implementation);
  }
  void check();

  Variable kernel, bias;  // after build

 protected:
  LocallyConnectedLayer(std::size_t rank, const LayerOptions& options) : Layer(options), rank_(rank) {}
  LocallyConnectedLayer(std::size_t rank, std::int64_t filters, std::vector<std::int64_t> kernel_size,
                        const LocallyConnectedOptions& options);

 private:
  // Along one spatial dim: where windows lie, of their taps those that reach any input, and the zeros around the input.
  struct Side {
    std::int64_t in = 1, out = 1, stride = 1, first_tap = 0, taps = 1, start = 0, before = 0, after = 0;
  };
  bool channels_first() const { return o_.data_format == "channels_first"; }
  std::int64_t positions() const;
  Shape kernel_shape(std::int64_t channels) const;
  Tensor kernel_places(std::int64_t channels) const;
  Tensor kernel_by_position() const;
  Tensor windows(const Tensor& x) const;

  std::size_t rank_;
  std::int64_t filters_ = 0;
  std::vector<std::int64_t> kernel_size_;
  LocallyConnectedOptions o_;
  std::vector<Side> sides_;  // after build
  Tensor places_;            // implementations 2 and 3: where in the kernel what is used stands
};

#define HB_LOCALLY_CONNECTED_LAYER(N)                                                                        \
  class LocallyConnected##N##DLayer final : public LocallyConnectedLayer {                                   \
   public:                                                                                                   \
    static constexpr const char* kClassName = "LocallyConnected" #N "D";                                     \
    explicit LocallyConnected##N##DLayer(const LayerOptions& options) : LocallyConnectedLayer(N, options) {} \
    LocallyConnected##N##DLayer(std::int64_t filters, std::vector<std::int64_t> kernel_size,                 \
                                const LocallyConnectedOptions& options)                                      \
        : LocallyConnectedLayer(N, filters, std::move(kernel_size), options) {}                              \
    std::string class_name() const override { return kClassName; }                                           \
    Config get_config() const override { return config_of(*this); }                                          \
  };                                                                                                         \
  class LocallyConnected##N##D : public Ref<LocallyConnected##N##DLayer> {                                   \
   public:                                                                                                   \
    LocallyConnected##N##D(std::int64_t filters, std::int64_t kernel_size,                                   \
                           const LocallyConnectedOptions& options = {})                                      \
        : LocallyConnected##N##D(filters, std::vector<std::int64_t>{kernel_size}, options) {}                \
    LocallyConnected##N##D(std::int64_t filters, std::vector<std::int64_t> kernel_size,                      \
                           const LocallyConnectedOptions& options = {})                                      \
        : Ref(std::make_shared<LocallyConnected##N##DLayer>(filters, std::move(kernel_size), options)) {}    \
  }

HB_LOCALLY_CONNECTED_LAYER(1);
HB_LOCALLY_CONNECTED_LAYER(2);
#undef HB_LOCALLY_CONNECTED_LAYER

}  // namespace hornbeam
