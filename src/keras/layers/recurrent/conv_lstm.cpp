#include "hornbeam/layers/conv_lstm.hpp"

#include "hornbeam/model.hpp"
#include "hornbeam/ops.hpp"
#include "hornbeam/target.hpp"
#include "keras/layers/conv_checks.h"
#include "keras/layers/dim_of.h"
#include "keras/layers/recurrent/loop.h"
#include "keras/layers/recurrent/rnn_config.h"
#include "keras/layers/register.h"

namespace hornbeam {

ConvLSTMLayer::ConvLSTMLayer(std::size_t rank, const LayerOptions& options)
    : RNNLayer(options), rank_(rank), s_{.recurrent_activation = "hard_sigmoid"} {}

ConvLSTMLayer::ConvLSTMLayer(std::size_t rank, std::int64_t filters, std::vector<std::int64_t> kernel_size,
                             const ConvLSTMOptions& options)
    : RNNLayer(options.layer()),
      rank_(rank),
      s_(settings_from(filters, options)),
      window_{std::move(kernel_size), options.strides, options.padding, options.data_format, options.dilation_rate} {
  flags_ = flags_from(options);
  activity_regularizer_ = options.activity_regularizer;
  check();
}

void ConvLSTMLayer::check() {
  if (flags_.unroll) {
    throw TypeError("Unrolling isn't possible with convolutional RNNs. Received: unroll=True");
  }
  if (flags_.time_major) throw NotImplementedError("time_major=True of a convolutional RNN is not supported");
  check_filters(s_.units);
  check_window(window_, window_.kernel_size, rank_, /*allow_causal=*/false);
  // In tf.keras 2.2 cells count ("conv_lst_m2d_cell_1"), later they all have the same name.
  const auto cell_name =
      current_target() == Target::tf22 ? backend::unique_layer_name("conv_lst_m2d_cell") : "conv_lstm_cell";
  set_cell(CellRef(std::make_shared<ConvLSTMCellLayer>(
      rank_, s_, window_, LayerOptions{.name = cell_name, .dtype = dtype_policy(), .trainable = trainable()})));
  ragged_inputs_ = RaggedInputs::refused;
  input_spec_ = {{.ndim = rank_ + 3}};
}

const ConvLSTMCellLayer& ConvLSTMLayer::conv_cell() const { return static_cast<const ConvLSTMCellLayer&>(*cell()); }

Config ConvLSTMLayer::config_without_defaults(Config config) const {
  drop_unset_rnn_fields(config);
  return config;
}

// Initial states, which may stand beside the input, are no steps. The cell is built as if by hand: tf.keras names
// weights after the layer alone.
void ConvLSTMLayer::build(const std::vector<Shape>& input_shapes) {
  const auto& shape = input_shapes.at(0);
  auto step = shape.dims();
  step.erase(step.begin() + 1);
  if (!cell()->built()) cell()->build(Shape(step));
  if (flags_.stateful && shape[0] < 0) ConvLSTMCellLayer::refuse_unknown_states();
  RNNLayer::build(std::vector<Shape>{shape});
}

std::vector<Tensor> ConvLSTMLayer::zero_states(const Tensor& input, const Tensor& batch) const {
  const auto& cell = conv_cell();
  if (cell.state_size()[0].is_fully_known()) return cell.get_initial_state(batch, input.dtype());
  const auto first =
      ops::strided_slice(input, {0, 0}, {0, 1}, {1, 1}, {.begin_mask = 1, .end_mask = 1, .shrink_axis_mask = 2});
  const auto gates = ops::split(cell.of_inputs(first), 4, channel_axis(window_.data_format));
  const auto zeros = ops::zeros_like(gates[0]);
  return {zeros, zeros};
}

// What the inputs give is one convolution over all steps, where nothing is dropped.
RNNResult ConvLSTMLayer::run(const Values& inputs, const Tensor& mask, std::vector<Tensor> states,
                             CallContext& context) {
  const auto& cell = conv_cell();
  const Tensor x = inputs;
  std::vector<std::int64_t> flat{None};
  bool known = cell.state_size()[0].is_fully_known();
  for (std::size_t i = 2; i < x.rank(); ++i) {
    flat.push_back(x.shape()[i]);
    known = known && x.shape()[i] >= 0;
  }
  if (!known || cell.drops(context)) return RNNLayer::run(inputs, mask, std::move(states), context);
  const auto z = cell.of_inputs(ops::reshape(x, Shape(flat)));
  std::vector<Tensor> dims{known_dim_of(x, 0), known_dim_of(x, 1)};
  for (std::size_t i = 1; i < z.rank(); ++i) dims.push_back(Tensor::scalar(static_cast<std::int32_t>(z.shape()[i])));
  const auto of_steps = ops::reshape(z, ops::stack(dims));
  return run_steps(of_steps, mask, states, flags_, [&](const Values& of_step, const std::vector<Tensor>& now) {
    return cell.with_states(of_step, now);
  });
}

}  // namespace hornbeam

HB_REGISTER(layer_conv_lstm) {
  using namespace hornbeam;
  register_builtin<ConvLSTM1DLayer>();
  register_builtin<ConvLSTM2DLayer>();
  register_builtin<ConvLSTM3DLayer>();
}
