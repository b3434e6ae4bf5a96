// What SimpleRNN, LSTM and GRU, layers and cells alike, are told; and the lists of options that their structs repeat,
// because designators cannot reach base-class fields.
#pragma once

#include <cstdint>
#include <optional>

#include "hornbeam/fields.hpp"

namespace hornbeam {

#define HB_CELL_KERNELS                                          \
  bool use_bias = true;                                          \
  ::hornbeam::Initializer kernel_initializer = "glorot_uniform"; \
  ::hornbeam::Initializer recurrent_initializer = "orthogonal";  \
  ::hornbeam::Initializer bias_initializer = "zeros";
#define HB_CELL_REGULARIZERS                          \
  ::hornbeam::Regularizer kernel_regularizer = {};    \
  ::hornbeam::Regularizer recurrent_regularizer = {}; \
  ::hornbeam::Regularizer bias_regularizer = {};
#define HB_CELL_CONSTRAINTS                         \
  ::hornbeam::Constraint kernel_constraint = {};    \
  ::hornbeam::Constraint recurrent_constraint = {}; \
  ::hornbeam::Constraint bias_constraint = {};      \
  double dropout = 0.0;                             \
  double recurrent_dropout = 0.0;

enum class CellKind { simple_rnn, lstm, gru };

// Each kind uses its part.
struct CellSettings {
  std::int64_t units = 0;
  Activation activation = "tanh";
  Activation recurrent_activation = "sigmoid";
  HB_CELL_KERNELS
  bool unit_forget_bias = true;
  HB_CELL_REGULARIZERS
  HB_CELL_CONSTRAINTS
  std::int64_t implementation = 2;
  bool reset_after = true;
  std::optional<std::int64_t> seed = {};
};

// From the options of a layer or a cell.
template <class Options>
CellSettings settings_from(std::int64_t units, const Options& o) {
  CellSettings s{.units = units, .activation = o.activation, .use_bias = o.use_bias};
  s.kernel_initializer = o.kernel_initializer;
  s.recurrent_initializer = o.recurrent_initializer;
  s.bias_initializer = o.bias_initializer;
  s.kernel_regularizer = o.kernel_regularizer;
  s.recurrent_regularizer = o.recurrent_regularizer;
  s.bias_regularizer = o.bias_regularizer;
  s.kernel_constraint = o.kernel_constraint;
  s.recurrent_constraint = o.recurrent_constraint;
  s.bias_constraint = o.bias_constraint;
  s.dropout = o.dropout;
  s.recurrent_dropout = o.recurrent_dropout;
  s.seed = o.seed;
  if constexpr (requires { o.recurrent_activation; }) s.recurrent_activation = o.recurrent_activation;
  if constexpr (requires { o.unit_forget_bias; }) s.unit_forget_bias = o.unit_forget_bias;
  if constexpr (requires { o.implementation; }) s.implementation = o.implementation;
  if constexpr (requires { o.reset_after; }) s.reset_after = o.reset_after;
  return s;
}

// `activity`: where the layer's activity regularizer is listed; nothing for cells, which have none.
template <CellKind kind, class Settings, class Activity, class F>
void cell_weight_fields(Settings& s, Activity activity, F&& f) {
  f("activation", s.activation);
  if constexpr (kind != CellKind::simple_rnn) f("recurrent_activation", s.recurrent_activation);
  f("use_bias", s.use_bias);
  f("kernel_initializer", s.kernel_initializer);
  f("recurrent_initializer", s.recurrent_initializer);
  f("bias_initializer", s.bias_initializer);
  if constexpr (kind == CellKind::lstm) f("unit_forget_bias", s.unit_forget_bias);
  f("kernel_regularizer", s.kernel_regularizer);
  f("recurrent_regularizer", s.recurrent_regularizer);
  f("bias_regularizer", s.bias_regularizer);
  if constexpr (!std::is_null_pointer_v<Activity>) f("activity_regularizer", *activity);
  f("kernel_constraint", s.kernel_constraint);
  f("recurrent_constraint", s.recurrent_constraint);
  f("bias_constraint", s.bias_constraint);
  f("dropout", s.dropout);
  f("recurrent_dropout", s.recurrent_dropout);
}

template <CellKind kind, class Settings, class Activity, class F>
void cell_fields(Settings& s, Activity activity, F&& f) {
  f.required("units", s.units);
  cell_weight_fields<kind>(s, activity, f);
  if constexpr (kind != CellKind::simple_rnn) f("implementation", s.implementation);
  if constexpr (kind == CellKind::gru) f("reset_after", s.reset_after);
  f.optional("seed", s.seed);
}

}  // namespace hornbeam
