#include "base/checked_math.h"
#include "hornbeam/layers/conv_lstm.hpp"
#include "hornbeam/ops.hpp"
#include "hornbeam/target.hpp"
#include "keras/layers/checked_size.h"
#include "keras/layers/conv_checks.h"
#include "keras/layers/convolve.h"
#include "keras/layers/recurrent/forget_bias.h"

namespace hornbeam {

ConvLSTMCellLayer::ConvLSTMCellLayer(std::size_t rank, CellSettings settings, ConvLSTMWindow window,
                                     const LayerOptions& options)
    : BuiltinCell(4, options, std::move(settings)), rank_(rank), window_(std::move(window)) {
  s_.implementation = 1;  // a dropout mask for each gate
  state_ = Shape(std::vector<std::int64_t>(rank + 1, None));
}

void ConvLSTMCellLayer::build(const Shape& input_shape) {
  const auto channels = known_channels(input_shape, window_.data_format);
  auto shape = window_.kernel_size;
  shape.push_back(channels);
  shape.push_back(size_product(4, s_.units));
  kernel = add_weight(
      "kernel", Shape(shape),
      {.initializer = s_.kernel_initializer, .regularizer = s_.kernel_regularizer, .constraint = s_.kernel_constraint});
  shape[rank_] = s_.units;
  recurrent_kernel = add_weight("recurrent_kernel", Shape(shape),
                                {.initializer = s_.recurrent_initializer,
                                 .regularizer = s_.recurrent_regularizer,
                                 .constraint = s_.recurrent_constraint});
  if (s_.use_bias) {
    bias = add_weight(
        "bias", {size_product(4, s_.units)},
        {.initializer = bias_initializer(), .regularizer = s_.bias_regularizer, .constraint = s_.bias_constraint});
  }
  const std::size_t first = window_.data_format == "channels_first" ? 1 : 0;
  for (std::size_t i = 0; i < rank_; ++i) {
    const auto in = input_shape[i + 1 + first],
               reach = base::checked_mul(window_.kernel_size[i] - 1, window_.dilation_rate[i]).value_or(in);
    const auto starts = window_.padding == "same" ? in : in - reach;
    state_[i + first] = in < 0 ? None : starts <= 0 ? 0 : (starts - 1) / window_.strides[i] + 1;
  }
  state_[first ? 0 : rank_] = s_.units;
}

void ConvLSTMCellLayer::refuse_unknown_states() {
  throw ValueError(
      "If a RNN is stateful, it needs to know its batch size. Specify the batch size of your input tensors: \n- If "
      "using a Sequential model, specify the batch size by passing a `batch_input_shape` argument to your first "
      "layer.\n- If using the functional API, specify the time dimension by passing a `batch_shape` argument to "
      "your Input layer.\nThe same thing goes for the number of rows and columns.");
}

std::vector<Tensor> ConvLSTMCellLayer::get_initial_state(const Tensor& batch_size, DType dtype) const {
  if (!state_.is_fully_known()) refuse_unknown_states();
  return RNNCell::get_initial_state(batch_size, dtype);
}

Initializer ConvLSTMCellLayer::bias_initializer() const {
  return s_.unit_forget_bias ? forget_bias(s_.bias_initializer, s_.units) : s_.bias_initializer;
}

Tensor ConvLSTMCellLayer::input_conv(const Tensor& x, const Tensor& weights) const {
  return convolved(x, weights, {window_.strides, window_.padding, window_.data_format, window_.dilation_rate});
}

Tensor ConvLSTMCellLayer::state_conv(const Tensor& h, const Tensor& weights) const {
  const std::vector<std::int64_t> ones(rank_, 1);
  return convolved(h, weights, {ones, "same", window_.data_format, ones});
}

// Keras 3 drops nothing at a rate of 1.
bool ConvLSTMCellLayer::drops(CallContext& context) const {
  const auto used = [](double rate) { return rate > 0 && (rate < 1 || current_target() != Target::keras3); };
  return context.training() && (used(s_.dropout) || used(s_.recurrent_dropout));
}

Tensor ConvLSTMCellLayer::of_inputs(const Tensor& x) const {
  const auto z = input_conv(x, kernel);
  return s_.use_bias ? ops::bias_add(z, bias, tf_format(window_.data_format)) : z;
}

CellStep ConvLSTMCellLayer::with_states(const Tensor& of_inputs, const std::vector<Tensor>& states) const {
  const auto z = of_inputs + state_conv(states[0], recurrent_kernel);
  return finished(ops::split(z, 4, channel_axis(window_.data_format)), states[1]);
}

CellStep ConvLSTMCellLayer::finished(const std::vector<Tensor>& z, const Tensor& c) const {
  const auto input = s_.recurrent_activation(z[0]), forget = s_.recurrent_activation(z[1]);
  const auto new_c = forget * c + input * s_.activation(z[2]);
  const auto new_h = s_.recurrent_activation(z[3]) * s_.activation(new_c);
  return {new_h, {new_h, new_c}};
}

CellStep ConvLSTMCellLayer::step(const Values& inputs, const std::vector<Tensor>& states, CallContext& context) {
  if (!drops(context)) return with_states(of_inputs(inputs), states);
  const auto x = dropped_inputs(inputs, context), h = dropped_state(states[0], context);
  const auto w = by_gate(kernel), u = by_gate(recurrent_kernel);
  const auto b = s_.use_bias ? by_gate(bias) : std::vector<Tensor>(4);
  std::vector<Tensor> z;
  for (std::size_t i = 0; i < 4; ++i) {
    auto of_input = input_conv(x[i], w[i]);
    if (s_.use_bias) of_input = ops::bias_add(of_input, b[i], tf_format(window_.data_format));
    z.push_back(of_input + state_conv(h[i], u[i]));
  }
  return finished(z, states[1]);
}

}  // namespace hornbeam
