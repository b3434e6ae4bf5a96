// _FusedLSTM's arrays; gates i, f, c, o as Keras orders them.
//   i, f, o = recurrent_activation(z), g = activation(z);  c' = f c + i g;  h' = o activation(c')
#pragma once

#include "ops/recurrent/sequence.h"

namespace hornbeam {

struct LstmCell {
  explicit LstmCell(const Attrs& attrs)
      : activation(activation_attr(attrs, "activation")),
        recurrent_activation(activation_attr(attrs, "recurrent_activation")) {}
  kernels::Activation activation, recurrent_activation;
};

template <class T>
struct LstmArrays {
  const T *x, *h, *c, *kernel, *recurrent, *bias;
  const bool* mask;
  T *y, *last_h, *last_c;
  // Kept for the gradient, or null: what meets dz in products of weights (previous) in x's order, the rest in an order
  // of the route's own.
  T *gates, *cells, *previous;
};

template <class T>
struct LstmGradArrays {
  const T *gates, *cells, *c, *recurrent;
  const bool* mask;
  const T *dy, *dh, *dc;  // dy may be null
  T *dz, *by_h, *by_c;
};

}  // namespace hornbeam
