// SimpleRNN, LSTM, GRU. Mirror keras.layers. Input (batch, time, features) ((time, batch, features) with time_major),
// output (batch, units), or of all steps with return_sequences; rnn.hpp says what recurrent layers share,
// builtin_cells.hpp what their weights are.
//
//   auto y = LSTM(64, {.return_sequences = true})(x);
//   auto y = GRU(64, {.reset_after = false})(x, {.initial_state = Values{h}});
//
// The weights' own layer is the cell: lstm->cell(). See layers.hpp.
#pragma once

#include "hornbeam/layers/builtin_cells.hpp"
#include "hornbeam/layers/rnn.hpp"

namespace hornbeam {

// A layer of one of the built-in cells.
class BuiltinRNNLayer : public RNNLayer {
 public:
  const CellSettings& settings() const { return s_; }
  const BuiltinCell& builtin_cell() const;

 protected:
  using RNNLayer::RNNLayer;
  // The layer's cell, named as Keras names it.
  LayerOptions cell_options(const char* default_name) const;
  void adopt(const Ref<BuiltinCell>& cell);
  // By an op for whole sequences where there is one for these settings, else step by step.
  RNNResult run(const Values& inputs, const Tensor& mask, std::vector<Tensor> states, CallContext& context) override;
  virtual const char* fused_op() const = 0;

  CellSettings s_;

 private:
  bool drops_each_step() const;
};

struct SimpleRNNOptions {
  Activation activation = "tanh";
  HB_CELL_KERNELS
  HB_CELL_REGULARIZERS
  Regularizer activity_regularizer = {};
  HB_CELL_CONSTRAINTS
  HB_RNN_FLAGS
  std::optional<std::int64_t> seed = {};
  HB_LAYER_OPTIONS
};

struct LSTMOptions {
  Activation activation = "tanh";
  Activation recurrent_activation = "sigmoid";
  HB_CELL_KERNELS
  bool unit_forget_bias = true;
  HB_CELL_REGULARIZERS
  Regularizer activity_regularizer = {};
  HB_CELL_CONSTRAINTS
  HB_RNN_FLAGS
  std::int64_t implementation = 2;
  std::optional<std::int64_t> seed = {};
  HB_LAYER_OPTIONS
};

struct GRUOptions {
  Activation activation = "tanh";
  Activation recurrent_activation = "sigmoid";
  HB_CELL_KERNELS
  HB_CELL_REGULARIZERS
  Regularizer activity_regularizer = {};
  HB_CELL_CONSTRAINTS
  HB_RNN_FLAGS
  bool reset_after = true;
  std::int64_t implementation = 2;
  std::optional<std::int64_t> seed = {};
  HB_LAYER_OPTIONS
};

// Classes may be derived from (class ReversedLSTM : public hb::LSTMLayer): give them a kClassName, a class_name() and a
// constructor from LayerOptions, and register custom_object of a from_config that says layer_from_config<...>.
#define HB_RECURRENT_LAYER(Name, no_unrolling)                                                         \
  class Name##Layer : public BuiltinRNNLayer {                                                         \
   public:                                                                                             \
    static constexpr const char* kClassName = #Name;                                                   \
    explicit Name##Layer(const LayerOptions& options) : BuiltinRNNLayer(options) {}                    \
    Name##Layer(std::int64_t units, const Name##Options& options) : BuiltinRNNLayer(options.layer()) { \
      s_ = settings_from(units, options);                                                              \
      flags_ = flags_from(options);                                                                    \
      activity_regularizer_ = options.activity_regularizer;                                            \
      check();                                                                                         \
    }                                                                                                  \
    Config get_config() const override;                                                                \
    std::string class_name() const override { return kClassName; }                                     \
    template <class Self, class F>                                                                     \
    static void fields(Self& self, F&& f) {                                                            \
      rnn_fields(self.flags_, f);                                                                      \
      cell_fields<Name##CellLayer::kKind>(self.s_, &self.activity_regularizer_, f);                    \
    }                                                                                                  \
    void check();                                                                                      \
                                                                                                       \
   protected:                                                                                          \
    const char* fused_op() const override { return "_Fused" #Name; }                                   \
    const char* words_of_unrolling() const override { return no_unrolling; }                           \
  };                                                                                                   \
  HB_LAYER_HANDLE_OF(Name, Name##Options, std::int64_t, units)
HB_RECURRENT_LAYER(SimpleRNN, "");
HB_RECURRENT_LAYER(LSTM, "Unrolling requires a fixed number of timesteps. ");
HB_RECURRENT_LAYER(GRU, "Unrolling requires a fixed number of timesteps. ");
#undef HB_RECURRENT_LAYER

}  // namespace hornbeam
