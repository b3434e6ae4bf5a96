#include "hornbeam/layers/recurrent.hpp"
#include "hornbeam/model.hpp"
#include "hornbeam/target.hpp"
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

RNNResult BuiltinRNNLayer::run(const Values& inputs, const Tensor& mask, std::vector<Tensor> states,
                               CallContext& context) {
  if (auto result = run_fused(*cell(), inputs, mask, states, flags_, context)) return *std::move(result);
  return RNNLayer::run(inputs, mask, std::move(states), context);
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
