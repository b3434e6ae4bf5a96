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
// z[i] = op(x[i], y), or op(y, x[i]) when `reversed`
void binary_scalar(Binary op, int64_t n, const float* x, float y, bool reversed, float* z);
// z[r, c] = op(x[r, c], y[c]): a bias over the last axis
void binary_row(Binary op, int64_t rows, int64_t columns, const float* x, const float* y, bool reversed, float* z);
// z[r, c] = op(x[r, c], y[r]): a column, as [n, 1]
void binary_column(Binary op, int64_t rows, int64_t columns, const float* x, const float* y, bool reversed, float* z);
// Any broadcast: `shape` is the result's; strides (in elements) are 0 along broadcast axes. z is contiguous. Finds the
// forms above by itself.
void binary_broadcast(Binary op, const std::vector<int64_t>& shape, const float* x,
                      const std::vector<int64_t>& x_strides, const float* y, const std::vector<int64_t>& y_strides,
                      float* z);

// y[r, c] = x[r, c] * scale[c] + shift[c], then f: batch normalisation at inference. scale or shift may be null.
void scale_shift(int64_t rows, int64_t columns, const float* x, const float* scale, const float* shift,
                 const Activation& f, float* y);
// y[n, p, c] = x[n, p, c] * s[n, c]: the gate of squeeze-and-excite.
void scale_images(int64_t images, int64_t pixels, int64_t channels, const float* x, const float* s, float* y);

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
void run_chain(const std::vector<ChainStep>& steps, int64_t rows, int64_t columns, const float* const* sources,
               float* z);
void run_chain_part(const std::vector<ChainStep>& steps, int64_t rows, int64_t columns, const float* const* sources,
                    float* z, Part part);

}  // namespace hornbeam::kernels
