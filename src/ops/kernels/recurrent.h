// The gates of recurrent cells, float32: what follows the matrix products of one step, forward and back, for some
// sequences at once. Arrays are contiguous: [rows, units], gates [rows, gates * units] in Keras's order. A row's
// results depend on nothing but the row.
#pragma once

#include <cstdint>

#include "ops/kernels/activation.h"

namespace hornbeam::kernels {

// Functions whose slope follows from their value: the list of ops/recurrent/cell_activation.h.
struct CellFunctions {
  Activation activation, recurrent;
};

// Rows whose state changes in this step; null: all.
using RowsOn = const std::uint8_t*;

// z: i f c o before their functions. c becomes the new cell, h the new state; rows that are off keep c and get
// h_before.
struct LstmStep {
  std::int64_t rows, units;
  const float *z, *h_before;
  float *c, *h;
  float* gates;  // for the gradient, or null; may be z
  RowsOn on;
};
void lstm_step(const CellFunctions& f, const LstmStep& step);

// The gradient of that: from those of h (dh + dy, where dy may be null) and c to z's; dc becomes that of the cell
// before. Rows that are off get dz = 0 and keep dc.
struct LstmStepBack {
  std::int64_t rows, units;
  const float *gates, *c, *c_before;
  const float *dh, *dy;
  std::int64_t dy_stride;
  float *dc, *dz;
  RowsOn on;
};
void lstm_step_back(const CellFunctions& f, const LstmStepBack& step);

// With reset_after: z holds z r before their function and the candidate's part of x; inner the candidate's part of h.
struct GruStep {
  std::int64_t rows, units;
  const float *z, *inner, *h_before;
  float* h;
  float* gates;  // for the gradient, or null; may be z
  RowsOn on;
};
void gru_step(const CellFunctions& f, const GruStep& step);

// Without it, before the candidate's product: z and r in place, and r h.
void gru_reset(const CellFunctions& f, std::int64_t rows, std::int64_t units, float* z, const float* h, float* reset);
// ... and after: z's candidate, complete, and z itself in place; h the new state.
void gru_blend(const CellFunctions& f, const GruStep& step);

// The gradient, from h's (dh + dy) to z's. dh becomes the part of the state before that does not go through the
// products. With reset_after: recur is the gradient of the recurrent products.
struct GruStepBack {
  std::int64_t rows, units;
  const float *gates, *inner, *h_before;
  const float* dy;
  std::int64_t dy_stride;
  float *dh, *dz, *recur;
  RowsOn on;
};
void gru_step_back(const CellFunctions& f, const GruStepBack& step);

// Without reset_after: z's and the candidate's part of dz ...
void gru_blend_back(const CellFunctions& f, const GruStepBack& step);
// ... then, with the gradient of r h, that of r; and dh grows by what goes through r h.
void gru_reset_back(const CellFunctions& f, const GruStepBack& step, const float* by_reset);

// dz = (dh + dy) f'(z) where h = f(z).
struct SimpleStepBack {
  std::int64_t rows, units;
  const float* h;
  const float *dh, *dy;
  std::int64_t dy_stride;
  float* dz;
  RowsOn on;
};
void simple_step_back(const Activation& f, const SimpleStepBack& step);

}  // namespace hornbeam::kernels
