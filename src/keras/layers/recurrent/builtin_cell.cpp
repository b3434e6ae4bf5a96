// What the cells of SimpleRNN, LSTM and GRU have in common: weights and dropout.
#include <algorithm>

#include "hornbeam/layers/builtin_cells.hpp"
#include "hornbeam/ops.hpp"
#include "keras/layers/checked_size.h"
#include "keras/layers/dropped.h"
#include "keras/layers/recurrent/dropout_rate.h"
#include "keras/layers/recurrent/rnn_config.h"
#include "keras/layers/recurrent/sequence_scope.h"

namespace hornbeam {

void BuiltinCell::check_settings() {
  check_units(s_.units);
  s_.dropout = std::clamp(s_.dropout, 0.0, 1.0);
  s_.recurrent_dropout = std::clamp(s_.recurrent_dropout, 0.0, 1.0);
  if (s_.recurrent_dropout != 0) s_.implementation = 1;  // one product has no place for a mask per gate
}

void BuiltinCell::build(const Shape& input_shape) {
  const auto features = features_of(*this, input_shape);
  const auto width = size_product(gates_, s_.units);
  kernel = add_weight(
      "kernel", {features, width},
      {.initializer = s_.kernel_initializer, .regularizer = s_.kernel_regularizer, .constraint = s_.kernel_constraint});
  recurrent_kernel = add_weight("recurrent_kernel", {s_.units, width},
                                {.initializer = s_.recurrent_initializer,
                                 .regularizer = s_.recurrent_regularizer,
                                 .constraint = s_.recurrent_constraint});
  if (s_.use_bias) {
    bias = add_weight(
        "bias", bias_shape(),
        {.initializer = bias_initializer(), .regularizer = s_.bias_regularizer, .constraint = s_.bias_constraint});
  }
}

std::vector<Tensor> BuiltinCell::dropped(const Tensor& x, double rate, const char* what, CallContext& context) const {
  const auto gates = static_cast<std::size_t>(gates_);
  if (rate == 0 || !context.training()) return std::vector<Tensor>(gates, x);
  check_rate(rate);
  const auto masks = SequenceScope::once(*this, what, [&] {
    std::vector<Tensor> made;
    const auto seed = s_.seed.value_or(0);
    for (std::size_t i = 0; i < (by_gates() ? gates : 1); ++i) {
      const auto own = seed == 0 ? 0 : seed + static_cast<std::int64_t>(i);
      made.push_back(hornbeam::dropped(ops::ones_like(x), rate, ops::shape(x), own));
    }
    return made;
  });
  std::vector<Tensor> parts;
  for (std::size_t i = 0; i < gates; ++i) parts.push_back(i < masks.size() ? x * masks[i] : parts[0]);
  return parts;
}

std::vector<Tensor> BuiltinCell::dropped_inputs(const Tensor& x, CallContext& context) const {
  return dropped(x, s_.dropout, "inputs", context);
}
std::vector<Tensor> BuiltinCell::dropped_state(const Tensor& h, CallContext& context) const {
  return dropped(h, s_.recurrent_dropout, "state", context);
}

std::vector<Tensor> BuiltinCell::by_gate(const Tensor& weight) const { return ops::split(weight, gates_, -1); }

Tensor BuiltinCell::add_bias(const Tensor& z, const Tensor& b) const { return s_.use_bias ? ops::bias_add(z, b) : z; }

}  // namespace hornbeam
