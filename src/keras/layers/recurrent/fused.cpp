#include "keras/layers/recurrent/fused.h"

#include "hornbeam/ops.hpp"
#include "ops/op_def.h"
#include "ops/recurrent/cell_activation.h"

namespace hornbeam {
namespace {

std::string name_in_op(const Activation& activation) {
  return activation.name() == "hard_sigmoid_keras3" ? "hard_sigmoid_3" : activation.name();
}

bool is_known(const Activation& activation) {
  return activation.is_builtin() && cell_activation(name_in_op(activation)).has_value();
}

// The last step of y.
Tensor last_step(const Tensor& y, bool time_major) {
  if (time_major) return ops::strided_slice(y, {-1}, {0}, {1}, {.end_mask = 1, .shrink_axis_mask = 1});
  return ops::strided_slice(y, {0, -1}, {0, 0}, {1, 1}, {.begin_mask = 1, .end_mask = 3, .shrink_axis_mask = 2});
}

}  // namespace

bool can_fuse(const CellSettings& s, bool in_training) {
  if (in_training && (s.recurrent_dropout > 0 || (s.dropout > 0 && s.implementation == 1))) return false;
  return is_known(s.activation) && is_known(s.recurrent_activation);
}

RNNResult run_fused(const FusedCall& call, const Tensor& x, const Tensor& mask, const std::vector<Tensor>& states) {
  const auto& s = call.settings;
  const auto& weights = call.weights;
  const bool use_bias = weights.bias.defined();
  std::vector<Tensor> inputs{x};
  inputs.insert(inputs.end(), states.begin(), states.end());
  inputs.insert(inputs.end(), {weights.kernel, weights.recurrent_kernel});
  if (use_bias) inputs.push_back(weights.bias);
  if (mask.defined()) inputs.push_back(ops::cast(mask, DType::boolean));
  Attrs attrs{{"activation", name_in_op(s.activation)},
              {"go_backwards", call.flags.go_backwards},
              {"time_major", call.flags.time_major},
              {"zero_output_for_mask", call.flags.zero_output_for_mask},
              {"num_bias", static_cast<std::int64_t>(use_bias)},
              {"num_masks", static_cast<std::int64_t>(mask.defined())}};
  const std::string_view op = call.op;
  if (op != "_FusedSimpleRNN") attrs.set("recurrent_activation", name_in_op(s.recurrent_activation));
  if (op == "_FusedGRU") attrs.set("reset_after", s.reset_after);
  const auto out = call_op(op, inputs, std::move(attrs));

  RNNResult result;
  result.all = out[0];
  result.states.assign(out.begin() + 1, out.begin() + 1 + static_cast<std::ptrdiff_t>(states.size()));
  // The output of a masked step is the one before, which is no state where the state was given.
  const bool is_state = !mask.defined() || (call.starts_from_zeros && !call.flags.zero_output_for_mask);
  result.last = is_state ? result.states[0] : last_step(out[0], call.flags.time_major);
  return result;
}

}  // namespace hornbeam
