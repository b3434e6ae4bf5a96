// ConvLSTM1D, ConvLSTM2D, ConvLSTM3D: an LSTM whose products are convolutions. Mirror keras.layers.
//
// Input (batch, time, spatial..., channels) or, channels_first, (batch, time, channels, spatial...); output and states
// (batch, spatial..., filters), with return_sequences (batch, time, ...). rnn.hpp says what recurrent layers share.
// Weights: kernel (*kernel_size, channels, 4 * filters), recurrent_kernel (*kernel_size, filters, 4 * filters), bias
// (4 * filters); gates: input, forget, candidate, output. strides, padding and dilation_rate are those of the
// convolution of the input; that of the state keeps its size. See layers.hpp.
#pragma once

#include "hornbeam/layers/builtin_cells.hpp"
#include "hornbeam/layers/kernel_fields.hpp"
#include "hornbeam/layers/rnn.hpp"

namespace hornbeam {

#define HB_CONV_LSTM_WINDOW                                                 \
  std::vector<std::int64_t> strides = {1};                                  \
  std::string padding = "valid";                                            \
  std::string data_format = {}; /* default: backend::image_data_format() */ \
  std::vector<std::int64_t> dilation_rate = {1};

struct ConvLSTMOptions {
  HB_CONV_LSTM_WINDOW
  Activation activation = "tanh";
  Activation recurrent_activation = "hard_sigmoid";  // as tf.keras; "sigmoid" in Keras 3
  HB_CELL_KERNELS
  bool unit_forget_bias = true;
  HB_CELL_REGULARIZERS
  Regularizer activity_regularizer = {};
  HB_CELL_CONSTRAINTS
  HB_RNN_FLAGS  // unroll and time_major are refused
      std::optional<std::int64_t>
          seed = {};
  HB_LAYER_OPTIONS
};
using ConvLSTM1DOptions = ConvLSTMOptions;
using ConvLSTM2DOptions = ConvLSTMOptions;
using ConvLSTM3DOptions = ConvLSTMOptions;

struct ConvLSTMWindow {
  std::vector<std::int64_t> kernel_size;
  HB_CONV_LSTM_WINDOW
};
#undef HB_CONV_LSTM_WINDOW

template <class Settings, class Activity, class F>
void conv_lstm_fields(Settings& s, auto& window, Activity activity, F&& f) {
  f.required("filters", s.units);
  f.required("kernel_size", window.kernel_size);
  window_fields(window, f);
  cell_weight_fields<CellKind::lstm>(s, activity, f);
  f.optional("seed", s.seed);
}

// A step of the layers.
class ConvLSTMCellLayer final : public BuiltinCell {
 public:
  static constexpr const char* kClassName = "ConvLSTMCell";
  ConvLSTMCellLayer(std::size_t rank, CellSettings settings, ConvLSTMWindow window, const LayerOptions& options);
  using Layer::build;
  void build(const Shape& input_shape) override;
  // Spatial dims are None where those of the input are not known.
  std::vector<Shape> state_size() const override { return {state_, state_}; }
  // Throws ValueError in Keras's words when the states' sizes are not known.
  std::vector<Tensor> get_initial_state(const Tensor& batch_size, DType dtype) const override;
  CellStep step(const Values& x, const std::vector<Tensor>& states, CallContext& context) override;
  Config get_config() const override { return config_of(*this); }
  std::string class_name() const override { return kClassName; }
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    conv_lstm_fields(self.s_, self.window_, nullptr, f);
  }

  // A step in two parts: what the inputs give to all gates, which does not depend on the states, and the rest.
  Tensor of_inputs(const Tensor& x) const;
  CellStep with_states(const Tensor& of_inputs, const std::vector<Tensor>& states) const;
  bool drops(CallContext& context) const;
  // Throws ValueError in Keras's words: a stateful layer needs to know all sizes.
  [[noreturn]] static void refuse_unknown_states();
  const ConvLSTMWindow& window() const { return window_; }

 private:
  Initializer bias_initializer() const override;
  CellStep finished(const std::vector<Tensor>& z, const Tensor& c) const;
  Tensor input_conv(const Tensor& x, const Tensor& weights) const;
  Tensor state_conv(const Tensor& h, const Tensor& weights) const;

  std::size_t rank_;
  ConvLSTMWindow window_;
  Shape state_;
};

// What the three share.
class ConvLSTMLayer : public RNNLayer {
 public:
  using Layer::build;
  void build(const std::vector<Shape>& input_shapes) override;
  const ConvLSTMCellLayer& conv_cell() const;
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    rnn_fields(self.flags_, f);
    conv_lstm_fields(self.s_, self.window_, &self.activity_regularizer_, f);
  }
  void check();

 protected:
  ConvLSTMLayer(std::size_t rank, const LayerOptions& options);
  ConvLSTMLayer(std::size_t rank, std::int64_t filters, std::vector<std::int64_t> kernel_size,
                const ConvLSTMOptions& options);
  Config config_without_defaults(Config config) const;
  RNNResult run(const Values& inputs, const Tensor& mask, std::vector<Tensor> states, CallContext& context) override;
  std::vector<Tensor> zero_states(const Tensor& input, const Tensor& batch) const override;

 private:
  std::size_t rank_;
  CellSettings s_;
  ConvLSTMWindow window_;
};

#define HB_CONV_LSTM_LAYER(N)                                                                                        \
  class ConvLSTM##N##DLayer final : public ConvLSTMLayer {                                                           \
   public:                                                                                                           \
    static constexpr const char* kClassName = "ConvLSTM" #N "D";                                                     \
    explicit ConvLSTM##N##DLayer(const LayerOptions& options) : ConvLSTMLayer(N, options) {}                         \
    ConvLSTM##N##DLayer(std::int64_t filters, std::vector<std::int64_t> kernel_size, const ConvLSTMOptions& options) \
        : ConvLSTMLayer(N, filters, std::move(kernel_size), options) {}                                              \
    std::string class_name() const override { return kClassName; }                                                   \
    Config get_config() const override { return config_without_defaults(config_of(*this)); }                         \
  };                                                                                                                 \
  class ConvLSTM##N##D : public Ref<ConvLSTM##N##DLayer> {                                                           \
   public:                                                                                                           \
    ConvLSTM##N##D(std::int64_t filters, std::int64_t kernel_size, const ConvLSTMOptions& options = {})              \
        : ConvLSTM##N##D(filters, std::vector<std::int64_t>{kernel_size}, options) {}                                \
    ConvLSTM##N##D(std::int64_t filters, std::vector<std::int64_t> kernel_size, const ConvLSTMOptions& options = {}) \
        : Ref(std::make_shared<ConvLSTM##N##DLayer>(filters, std::move(kernel_size), options)) {}                    \
  }

HB_CONV_LSTM_LAYER(1);
HB_CONV_LSTM_LAYER(2);
HB_CONV_LSTM_LAYER(3);
#undef HB_CONV_LSTM_LAYER

}  // namespace hornbeam
