#include "keras/layers/recurrent/cudnn_rnn.h"

#include "hornbeam/ops.hpp"
#include "keras/layers/recurrent/cudnn_weights.h"
#include "keras/layers/recurrent/fused.h"
#include "keras/layers/recurrent/rnn_config.h"
#include "keras/layers/register.h"

namespace hornbeam {
namespace {

// What recurrent layers ask of a cell: the states. The layer has the weights, and runs whole sequences.
class StatesOnly final : public RNNCell {
 public:
  StatesOnly(std::size_t states, std::int64_t units, const LayerOptions& options)
      : RNNCell(options), sizes_(states, Shape{units}) {}
  std::vector<Shape> state_size() const override { return sizes_; }
  CellStep step(const Values&, const std::vector<Tensor>&, CallContext&) override {
    throw NotImplementedError("layers of cuDNN have no steps");
  }

 private:
  std::vector<Shape> sizes_;
};

}  // namespace

void CuDNNRNNLayer::make_cell(std::size_t states) {
  check_units(s_.units);
  input_spec_ = {{.ndim = 3}};
  const LayerOptions options{.name = "cell", .dtype = dtype_policy()};
  set_cell(make<StatesOnly>(states, s_.units, options), /*tracked=*/false);
  supports_masking_ = false;
}

void CuDNNRNNLayer::build(const std::vector<Shape>& input_shapes) {
  RNNLayer::build(input_shapes);
  const auto features = features_of(*this, input_shapes.at(0));
  const auto width = gates_ * s_.units;
  kernel = add_weight(
      "kernel", {features, width},
      {.initializer = s_.kernel_initializer, .regularizer = s_.kernel_regularizer, .constraint = s_.kernel_constraint});
  recurrent_kernel = add_weight("recurrent_kernel", {s_.units, width},
                                {.initializer = s_.recurrent_initializer,
                                 .regularizer = s_.recurrent_regularizer,
                                 .constraint = s_.recurrent_constraint});
  bias = add_weight(
      "bias", {2 * width},
      {.initializer = bias_initializer(), .regularizer = s_.bias_regularizer, .constraint = s_.bias_constraint});
}

// The forget gate's second bias starts at 1.
Initializer CuDNNLSTMLayer::bias_initializer() const {
  if (!s_.unit_forget_bias) return s_.bias_initializer;
  return initializers::custom(
      "unit_forget_bias", [given = s_.bias_initializer, units = s_.units](const Shape&, DType dtype) {
        return ops::concat({(*given)({5 * units}, dtype), ops::ones({units}, dtype), (*given)({2 * units}, dtype)}, 0);
      });
}

RNNResult CuDNNRNNLayer::run(const Values& inputs, const Tensor& mask, std::vector<Tensor> states, CallContext&) {
  if (mask.defined()) {
    throw ValueError("Masking is not supported for CuDNN RNNs. Layer " + name() +
                     " got a mask: leave it out, or load the weights into a model with LSTM or GRU here.");
  }
  const Tensor k = kernel, u = recurrent_kernel, b = bias;
  const FusedWeights weights{kernel_from_cudnn(k, gates_), recurrent_kernel_transposed(u, gates_),
                             gates_ == 4 ? lstm_bias_from_cudnn(b) : gru_bias_from_cudnn(b)};
  return run_fused({fused_op(), s_, weights, flags_, /*starts_from_zeros=*/true}, inputs, mask, states);
}

}  // namespace hornbeam

HB_REGISTER(layer_cudnn_rnn) {
  using namespace hornbeam;
  register_builtin<CuDNNLSTMLayer>();
  register_builtin<CuDNNGRULayer>();
}
