#include "hornbeam/layers/builtin_cells.hpp"
#include "hornbeam/ops.hpp"
#include "keras/layers/register.h"

namespace hornbeam {

CellStep SimpleRNNCellLayer::step(const Values& x, const std::vector<Tensor>& states, CallContext& context) {
  auto z = ops::matmul(dropped_inputs(x, context)[0], kernel);
  if (s_.use_bias) z = add_bias(z, bias);
  const auto h = s_.activation(z + ops::matmul(dropped_state(states[0], context)[0], recurrent_kernel));
  return {h, {h}};
}

}  // namespace hornbeam

HB_REGISTER(layer_simple_rnn_cell) { hornbeam::register_builtin<hornbeam::SimpleRNNCellLayer>(); }
