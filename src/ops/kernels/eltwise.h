// Element-wise kernels on contiguous float32 arrays, and the common broadcasts. Any output may be one of its inputs
// (the very same array); other overlaps are not allowed. The plain names use the threads the work is worth; inside a
// parallel region they are serial. Softmax and layer normalisation are in rows.h.
#pragma once

#include <cstdint>
#include <vector>

#include "ops/kernels/activation.h"
#include "ops/kernels/parallel.h"

namespace hornbeam::kernels {

// y[i] = f(x[i])
void map(const Activation& f, int64_t n, const float* x, float* y);

enum class Binary : uint8_t {
  kAdd,
  kSub,
  kMul,
  kDiv,
  kMaximum,
  kMinimum,
  kSquaredDifference,
  kPow,
  // Gradients of functions of one argument, in the order of TensorFlow's ops: first x, the gradient of the result, and
  // y, the argument (or, of elu, selu, relu and relu6, the result) ...
  kReluGrad,
  kRelu6Grad,
  kEluGrad,
  kSeluGrad,
  kSoftplusGrad,
  kSoftsignGrad,
  // ... then x, the result, and y, its gradient.
  kSigmoidGrad,
  kTanhGrad,
  kSqrtGrad,
  kRsqrtGrad,
  kReciprocalGrad,
};

// z[i] = op(x[i], y[i]). Maximum and minimum give NaN if either is NaN, as TensorFlow's.
void binary(Binary op, int64_t n, const float* x, const float* y, float* z);
// z[r, c] = op(x[r, c], y[c]), or op(y[c], x[r, c]) when `reversed`: a bias over the last axis
void binary_row(Binary op, int64_t rows, int64_t columns, const float* x, const float* y, bool reversed, float* z);
// Any broadcast: `shape` is the result's; strides (in elements) are 0 along broadcast axes. z is contiguous. A row, a
// column or one number for all have loops of their own.
void binary_broadcast(Binary op, const std::vector<int64_t>& shape, const float* x,
                      const std::vector<int64_t>& x_strides, const float* y, const std::vector<int64_t>& y_strides,
                      float* z);

// A fused run of element-wise steps over one array, done in blocks that stay in L1. The value starts as source 0; each
// step maps it or combines it with another source.
struct ChainStep {
  enum class Kind : uint8_t {
    kMap,     // v = f(v)
    kBinary,  // v = op(v, source)     same shape
    kRow,     // v = op(v, source[c])  along the last axis
    kScalar,  // v = op(v, value)
  };
  Kind kind = Kind::kMap;
  Activation map = {};
  Binary op = Binary::kAdd;
  bool reversed = false;  // op(source, v)
  int source = 0;
  float value = 0;
};
// z[rows, columns]; sources[0] is the input. Sources may be z itself.
void run_chain_part(const std::vector<ChainStep>& steps, int64_t rows, int64_t columns, const float* const* sources,
                    float* z, Part part);

}  // namespace hornbeam::kernels
