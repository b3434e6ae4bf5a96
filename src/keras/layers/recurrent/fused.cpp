#include "keras/layers/recurrent/fused.h"

#include "hornbeam/ops.hpp"
#include "ops/op_def.h"
#include "ops/recurrent/cell_activation.h"

namespace hornbeam {
namespace {

const char* op_of(const RNNCell& cell) {
  if (dynamic_cast<const LSTMCellLayer*>(&cell)) return "_FusedLSTM";
  if (dynamic_cast<const GRUCellLayer*>(&cell)) return "_FusedGRU";
  if (dynamic_cast<const SimpleRNNCellLayer*>(&cell)) return "_FusedSimpleRNN";
  return nullptr;
}

std::string op_name_of(const Activation& activation) {
  return activation.name() == "hard_sigmoid_keras3" ? "hard_sigmoid_3" : activation.name();
}

// The output of the last step that was computed.
Tensor last_of(const Tensor& all, const RNNFlags& flags) {
  if (flags.time_major) return ops::strided_slice(all, {-1}, {0}, {1}, {.end_mask = 1, .shrink_axis_mask = 1});
  return ops::strided_slice(all, {0, -1}, {0, 0}, {1, 1}, {.begin_mask = 1, .end_mask = 3, .shrink_axis_mask = 2});
}

}  // namespace

std::optional<RNNResult> run_fused(const RNNCell& cell, const Values& inputs, const Tensor& mask,
                                   const std::vector<Tensor>& states, const RNNFlags& flags, CallContext& context) {
  const char* op = op_of(cell);
  if (!op || !inputs.is_tensor() || flags.num_constants > 0) return std::nullopt;
  const Tensor x = inputs;
  if (!x.shape().has_rank() || x.rank() != 3 || x.shape()[flags.time_major ? 0 : 1] == 0) return std::nullopt;
  const auto& builtin = static_cast<const BuiltinCell&>(cell);
  const auto& s = builtin.settings();
  if ((s.dropout > 0 || s.recurrent_dropout > 0) && context.training()) return std::nullopt;
  const auto activation = op_name_of(s.activation), recurrent_activation = op_name_of(s.recurrent_activation);
  const bool gates = std::string_view(op) != "_FusedSimpleRNN";
  if (!cell_activation(activation) || (gates && !cell_activation(recurrent_activation))) return std::nullopt;

  Attrs attrs{{"activation", activation},
              {"go_backwards", flags.go_backwards},
              {"time_major", flags.time_major},
              {"zero_output_for_mask", flags.zero_output_for_mask},
              {"num_bias", static_cast<std::int64_t>(s.use_bias)},
              {"num_masks", static_cast<std::int64_t>(mask.defined())}};
  if (gates) attrs.set("recurrent_activation", recurrent_activation);
  if (std::string_view(op) == "_FusedGRU") attrs.set("reset_after", s.reset_after);
  std::vector<Tensor> operands{x};
  operands.insert(operands.end(), states.begin(), states.end());
  operands.emplace_back(builtin.kernel);
  operands.emplace_back(builtin.recurrent_kernel);
  if (s.use_bias) operands.emplace_back(builtin.bias);
  if (mask.defined()) operands.push_back(ops::cast(mask, DType::boolean));
  const auto results = call_op(op, operands, attrs);
  const auto first_state = results.begin() + 1;
  RNNResult run{results[1], results[0], {first_state, first_state + static_cast<std::ptrdiff_t>(states.size())}};
  // Masked steps leave the state, and repeat or blank the output.
  if (mask.defined()) run.last = last_of(results[0], flags);
  return run;
}

}  // namespace hornbeam
