// _FusedGRU's arrays; gates z, r, h as Keras orders them.
//   z, r = recurrent_activation(x W + h U)
//   reset_after: g = activation(x W_h + b_h + r (h U_h + c_h)), where the bias has two rows: b for x, c for h
//   else:        g = activation(x W_h + b_h + (r h) U_h)
//   h' = z h + (1 - z) g
#pragma once

#include "ops/recurrent/sequence.h"

namespace hornbeam {

struct GruCell {
  explicit GruCell(const Attrs& attrs)
      : activation(activation_attr(attrs, "activation")),
        recurrent_activation(activation_attr(attrs, "recurrent_activation")),
        reset_after(attrs.b("reset_after")) {}
  kernels::Activation activation, recurrent_activation;
  bool reset_after;
};

template <class T>
struct GruArrays {
  const T *x, *h, *kernel, *recurrent, *bias;
  const bool* mask;
  T *y, *last_h;
  // Kept for the gradient, or null: what meets dz in products of weights (previous; inner without reset_after) in x's
  // order, the rest in an order of the route's own. inner: h U_h + c_h, or r h.
  T *gates, *inner, *previous;
};

template <class T>
struct GruGradArrays {
  const T *gates, *inner, *previous, *recurrent;
  const bool* mask;
  const T *dy, *dh;      // dy may be null
  T *dz, *recur, *by_h;  // recur: of h U + c, for reset_after; else null
};

}  // namespace hornbeam
