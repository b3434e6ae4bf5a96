// One step of Adam over contiguous float32 arrays, in one pass.
#pragma once

#include <cstdint>

namespace hornbeam::kernels {

// m += (g - m) rest1; v += (g^2 - v) rest2; [vhat = max(vhat, v);] var -= d alpha / (sqrt(v or vhat) + epsilon), where
// d is m, or with Nesterov's momentum g rest1 + beta1 m.
struct AdamStep {
  float alpha, beta1, rest1, rest2, epsilon;
};
struct AdamArrays {
  float *var, *m, *v;
  float* vhat;  // null but for AMSGrad
  const float* g;
};
void adam(const AdamStep& step, const AdamArrays& arrays, bool nesterov, int64_t begin, int64_t end);

}  // namespace hornbeam::kernels
