#include "hornbeam/layers/recurrent.hpp"
#include "hornbeam/model.hpp"
#include "hornbeam/ops.hpp"
#include "hornbeam/target.hpp"
#include "keras/layers/dropped.h"
#include "keras/layers/float_inputs.h"
#include "keras/layers/recurrent/dropout_rate.h"
#include "keras/layers/recurrent/fused.h"
#include "keras/layers/recurrent/rnn_config.h"
#include "keras/layers/register.h"

namespace hornbeam {

const BuiltinCell& BuiltinRNNLayer::builtin_cell() const { return static_cast<const BuiltinCell&>(*cell()); }

// In tf.keras 2.2 cells count ("lstm_cell_1"), later they all have the same name.
LayerOptions BuiltinRNNLayer::cell_options(const char* default_name) const {
  LayerOptions options{.dtype = dtype_policy(), .trainable = trainable()};
  options.name = current_target() == Target::tf22 ? backend::unique_layer_name(default_name) : default_name;
  return options;
}

void BuiltinRNNLayer::adopt(const Ref<BuiltinCell>& cell) {
  s_ = cell->settings();
  input_spec_ = {{.ndim = 3}};
  set_cell(CellRef(cell.ptr()));
}

// Keras 2 drops inputs of each step apart where a kernel of cuDNN could run the layer, whether one does or not.
bool BuiltinRNNLayer::drops_each_step() const {
  const auto is = [](const Activation& activation, const char* name) {
    return activation.is_builtin() && activation.name() == name;
  };
  return current_target() != Target::keras3 && is(s_.activation, "tanh") && is(s_.recurrent_activation, "sigmoid") &&
         s_.recurrent_dropout == 0 && s_.use_bias && !flags_.unroll && (s_.reset_after || class_name() != "GRU") &&
         class_name() != "SimpleRNN";
}

RNNResult BuiltinRNNLayer::run(const Values& given, const Tensor& mask, std::vector<Tensor> states,
                               CallContext& context) {
  const auto inputs = given.is_tensor() ? Values(as_floats(given, compute_dtype())) : given;
  const bool training = context.training();
  const bool each_step = drops_each_step();
  auto settings = s_;
  if (each_step) settings.implementation = 2;
  if (!inputs.is_tensor() || !can_fuse(settings, training)) {
    return RNNLayer::run(inputs, mask, std::move(states), context);
  }
  Tensor x = inputs;
  if (training && s_.dropout > 0) {
    check_rate(s_.dropout);
    const auto shape = ops::shape(x);
    const auto axis = static_cast<std::int64_t>(time_axis());
    const auto one = Tensor::from<std::int32_t>({1}, {1});
    const auto same_for_all_steps =
        ops::concat({ops::slice(shape, {0}, {axis}), one, ops::slice(shape, {axis + 1}, {2 - axis})}, 0);
    x = dropped(x, s_.dropout, each_step ? shape : same_for_all_steps, s_.seed.value_or(0));
  }
  const bool zeros = context.initial_state().is_none() && !flags_.stateful;
  const auto& cell = builtin_cell();
  const FusedWeights weights{cell.kernel, cell.recurrent_kernel, s_.use_bias ? Tensor(cell.bias) : Tensor()};
  return run_fused({fused_op(), s_, weights, flags_, zeros}, x, mask, states);
}

#define HB_RECURRENT_LAYER(Name, cell_name)                                                  \
  void Name##Layer::check() {                                                                \
    adopt(Ref<BuiltinCell>(std::make_shared<Name##CellLayer>(s_, cell_options(cell_name)))); \
  }                                                                                          \
  Config Name##Layer::get_config() const {                                                   \
    auto config = config_of(*this);                                                          \
    drop_unset_rnn_fields(config);                                                           \
    return config;                                                                           \
  }
HB_RECURRENT_LAYER(SimpleRNN, "simple_rnn_cell")
HB_RECURRENT_LAYER(LSTM, "lstm_cell")
HB_RECURRENT_LAYER(GRU, "gru_cell")
#undef HB_RECURRENT_LAYER

}  // namespace hornbeam

HB_REGISTER(layer_recurrent) {
  using namespace hornbeam;
  register_builtin<SimpleRNNLayer>();
  register_builtin<LSTMLayer>();
  register_builtin<GRULayer>();
}
