// SimpleRNNCell, LSTMCell, GRUCell: a step of the layers of these names. Mirror keras.layers. See layers.hpp.
//
// Input (batch, features), states (batch, units) (LSTM: h and c), output (batch, units). Weights: kernel (features,
// gates * units), recurrent_kernel (units, gates * units), bias (gates * units), or (2, gates * units) for a GRU with
// reset_after. Gates: LSTM input, forget, candidate, output; GRU update, reset, candidate.
//
// Dropout masks are drawn once per sequence. With implementation 1 each gate has its own; recurrent_dropout needs it.
#pragma once

#include "hornbeam/layers/cell_settings.hpp"
#include "hornbeam/layers/rnn_cell.hpp"

namespace hornbeam {

class BuiltinCell : public RNNCell {
 public:
  using Layer::build;
  void build(const Shape& input_shape) override;
  std::vector<Shape> state_size() const override { return {Shape{s_.units}}; }
  const CellSettings& settings() const { return s_; }

  Variable kernel, recurrent_kernel, bias;  // after build; no bias without use_bias

 protected:
  BuiltinCell(std::int64_t gates, const LayerOptions& options) : RNNCell(options), gates_(gates) {}
  BuiltinCell(std::int64_t gates, const LayerOptions& options, CellSettings settings)
      : RNNCell(options), s_(std::move(settings)), gates_(gates) {}
  // Throws ValueError when units <= 0.
  void check_settings();
  virtual Shape bias_shape() const { return {gates_ * s_.units}; }
  virtual Initializer bias_initializer() const { return s_.bias_initializer; }

  // x for each gate, dropped in training as the settings say.
  std::vector<Tensor> dropped_inputs(const Tensor& x, CallContext& context) const;
  std::vector<Tensor> dropped_state(const Tensor& h, CallContext& context) const;
  // Column blocks of a weight, one per gate.
  std::vector<Tensor> by_gate(const Tensor& weight) const;
  bool by_gates() const { return s_.implementation == 1; }
  Tensor add_bias(const Tensor& z, const Tensor& b) const;

  CellSettings s_;

 private:
  std::vector<Tensor> dropped(const Tensor& x, double rate, const char* what, CallContext& context) const;
  std::int64_t gates_;
};

struct SimpleRNNCellOptions {
  Activation activation = "tanh";
  HB_CELL_KERNELS
  HB_CELL_REGULARIZERS
  HB_CELL_CONSTRAINTS
  std::optional<std::int64_t> seed = {};
  HB_LAYER_OPTIONS
};

struct LSTMCellOptions {
  Activation activation = "tanh";
  Activation recurrent_activation = "sigmoid";
  HB_CELL_KERNELS
  bool unit_forget_bias = true;
  HB_CELL_REGULARIZERS
  HB_CELL_CONSTRAINTS
  std::int64_t implementation = 2;
  std::optional<std::int64_t> seed = {};
  HB_LAYER_OPTIONS
};

struct GRUCellOptions {
  Activation activation = "tanh";
  Activation recurrent_activation = "sigmoid";
  HB_CELL_KERNELS
  HB_CELL_REGULARIZERS
  HB_CELL_CONSTRAINTS
  std::int64_t implementation = 2;
  bool reset_after = true;
  std::optional<std::int64_t> seed = {};
  HB_LAYER_OPTIONS
};

// h = activation(x kernel + bias + h recurrent_kernel)
class SimpleRNNCellLayer final : public BuiltinCell {
 public:
  static constexpr const char* kClassName = "SimpleRNNCell";
  static constexpr CellKind kKind = CellKind::simple_rnn;
  explicit SimpleRNNCellLayer(const LayerOptions& options) : BuiltinCell(1, options) {}
  SimpleRNNCellLayer(CellSettings settings, const LayerOptions& options)
      : BuiltinCell(1, options, std::move(settings)) {
    check();
  }
  CellStep step(const Values& x, const std::vector<Tensor>& states, CallContext& context) override;
  Config get_config() const override { return config_of(*this); }
  std::string class_name() const override { return kClassName; }
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    cell_fields<kKind>(self.s_, nullptr, f);
  }
  void check() { check_settings(); }
};

class LSTMCellLayer final : public BuiltinCell {
 public:
  static constexpr const char* kClassName = "LSTMCell";
  static constexpr CellKind kKind = CellKind::lstm;
  explicit LSTMCellLayer(const LayerOptions& options) : BuiltinCell(4, options) {}
  LSTMCellLayer(CellSettings settings, const LayerOptions& options) : BuiltinCell(4, options, std::move(settings)) {
    check();
  }
  std::vector<Shape> state_size() const override { return {Shape{s_.units}, Shape{s_.units}}; }
  CellStep step(const Values& x, const std::vector<Tensor>& states, CallContext& context) override;
  Config get_config() const override { return config_of(*this); }
  std::string class_name() const override { return kClassName; }
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    cell_fields<kKind>(self.s_, nullptr, f);
  }
  void check() { check_settings(); }

 protected:
  Initializer bias_initializer() const override;
};

class GRUCellLayer final : public BuiltinCell {
 public:
  static constexpr const char* kClassName = "GRUCell";
  static constexpr CellKind kKind = CellKind::gru;
  explicit GRUCellLayer(const LayerOptions& options) : BuiltinCell(3, options) {}
  GRUCellLayer(CellSettings settings, const LayerOptions& options) : BuiltinCell(3, options, std::move(settings)) {
    check();
  }
  CellStep step(const Values& x, const std::vector<Tensor>& states, CallContext& context) override;
  Config get_config() const override { return config_of(*this); }
  std::string class_name() const override { return kClassName; }
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    cell_fields<kKind>(self.s_, nullptr, f);
  }
  void check() { check_settings(); }

 protected:
  Shape bias_shape() const override;

 private:
  Tensor step_by_gates(const Tensor& x, const Tensor& h, CallContext& context) const;
  Tensor step_at_once(const Tensor& x, const Tensor& h, CallContext& context) const;
};

// SimpleRNNCell(32, {...}): a handle.
#define HB_CELL_HANDLE(Name)                                                                    \
  class Name : public Ref<Name##Layer> {                                                        \
   public:                                                                                      \
    explicit Name(std::int64_t units, const Name##Options& options = {})                        \
        : Ref(std::make_shared<Name##Layer>(settings_from(units, options), options.layer())) {} \
  }
HB_CELL_HANDLE(SimpleRNNCell);
HB_CELL_HANDLE(LSTMCell);
HB_CELL_HANDLE(GRUCell);
#undef HB_CELL_HANDLE

}  // namespace hornbeam
