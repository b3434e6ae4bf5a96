// CuDNNLSTM, CuDNNGRU: LSTM and GRU (reset_after) with weights in the form that cuDNN takes, as Keras 2 made them on
// GPUs; tf.compat.v1.keras.layers has them still. For files with them: they predict, train and are saved again as what
// they are.
//
// Weights: kernel [features, gates * units], recurrent_kernel [units, gates * units], bias [2 * gates * units]
// (cudnn_weights.h). Masks are refused, as in Keras.
#pragma once

#include "hornbeam/layers/cell_settings.hpp"
#include "hornbeam/layers/rnn.hpp"

namespace hornbeam {

class CuDNNRNNLayer : public RNNLayer {
 public:
  using Layer::build;
  void build(const std::vector<Shape>& input_shapes) override;
  Variable kernel, recurrent_kernel, bias;  // after build

 protected:
  CuDNNRNNLayer(std::int64_t gates, const LayerOptions& options) : RNNLayer(options), gates_(gates) {}
  RNNResult run(const Values& inputs, const Tensor& mask, std::vector<Tensor> states, CallContext& context) override;
  virtual const char* fused_op() const = 0;
  virtual Initializer bias_initializer() const { return s_.bias_initializer; }
  // Throws ValueError when units <= 0.
  void make_cell(std::size_t states);

  // `lstm`: the field that LSTM has more.
  template <class Self, class F>
  static void fields_of(Self& self, bool lstm, F&& f) {
    auto& s = self.s_;
    f("return_sequences", self.flags_.return_sequences);
    f("return_state", self.flags_.return_state);
    f("go_backwards", self.flags_.go_backwards);
    f("stateful", self.flags_.stateful);
    f("time_major", self.flags_.time_major);
    f.required("units", s.units);
    f("kernel_initializer", s.kernel_initializer);
    f("recurrent_initializer", s.recurrent_initializer);
    f("bias_initializer", s.bias_initializer);
    if (lstm) f("unit_forget_bias", s.unit_forget_bias);
    f("kernel_regularizer", s.kernel_regularizer);
    f("recurrent_regularizer", s.recurrent_regularizer);
    f("bias_regularizer", s.bias_regularizer);
    f("activity_regularizer", self.activity_regularizer_);
    f("kernel_constraint", s.kernel_constraint);
    f("recurrent_constraint", s.recurrent_constraint);
    f("bias_constraint", s.bias_constraint);
  }

  CellSettings s_;

 private:
  std::int64_t gates_;
};

class CuDNNLSTMLayer final : public CuDNNRNNLayer {
 public:
  static constexpr const char* kClassName = "CuDNNLSTM";
  explicit CuDNNLSTMLayer(const LayerOptions& options) : CuDNNRNNLayer(4, options) {}
  std::string class_name() const override { return kClassName; }
  Config get_config() const override { return config_of(*this); }
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    fields_of(self, true, f);
  }
  void check() { make_cell(2); }

 protected:
  const char* fused_op() const override { return "_FusedLSTM"; }
  Initializer bias_initializer() const override;
};

class CuDNNGRULayer final : public CuDNNRNNLayer {
 public:
  static constexpr const char* kClassName = "CuDNNGRU";
  explicit CuDNNGRULayer(const LayerOptions& options) : CuDNNRNNLayer(3, options) {}
  std::string class_name() const override { return kClassName; }
  Config get_config() const override { return config_of(*this); }
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    fields_of(self, false, f);
  }
  void check() { make_cell(1); }

 protected:
  const char* fused_op() const override { return "_FusedGRU"; }
};

}  // namespace hornbeam
