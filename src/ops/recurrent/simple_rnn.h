// _FusedSimpleRNN's arrays: h' = activation(x W + b + h U).
#pragma once

#include "ops/recurrent/sequence.h"

namespace hornbeam {

template <class T>
struct SimpleRnnArrays {
  const T *x, *h, *kernel, *recurrent, *bias;
  const bool* mask;
  T *y, *last_h;
  T* previous;  // kept for the gradient, or null
};

template <class T>
struct SimpleRnnGradArrays {
  const T *previous, *last_h, *recurrent;
  const bool* mask;
  const T *dy, *dh;  // dy may be null
  T *dz, *by_h;
};

}  // namespace hornbeam
