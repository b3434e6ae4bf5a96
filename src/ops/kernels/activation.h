// The element-wise functions of one argument, by name: what maps, GEMM and convolution epilogues, and chains can apply.
#pragma once

#include <cstdint>
#include <limits>

namespace hornbeam::kernels {

enum class Unary : uint8_t {
  kIdentity,
  kRelu,             // max(x, 0)
  kRelu6,            // min(max(x, 0), 6)
  kClip,             // min(max(x, alpha), beta)
  kLeakyRelu,        // x < 0 ? alpha x : x
  kThresholdedRelu,  // x > alpha ? x : 0
  kElu,              // x < 0 ? alpha (exp(x) - 1) : x
  kSelu,
  kSigmoid,
  kHardSigmoid,  // min(max(alpha x + beta, 0), 1): alpha 0.2, beta 0.5 in Keras 2; 1/6 and 0.5 in Keras 3
  kTanh,
  kGelu,       // x/2 (1 + erf(x/sqrt 2))
  kGeluTanh,   // its tanh approximation
  kSwish,      // x sigmoid(x)
  kHardSwish,  // x min(max(x/6 + 0.5, 0), 1)
  kMish,       // x tanh(softplus(x))
  kSoftplus,
  kSoftsign,
  kExp,
  kExpm1,
  kLog,
  kLog1p,
  kSqrt,
  kRsqrt,
  kSquare,
  kAbs,
  kNeg,
  kReciprocal,
  kErf,
  kSign,  // NaN stays NaN
  kFloor,
  kCeil,
  kRound,   // half to even
  kAffine,  // alpha x + beta
};

// A function with its parameters. The default is the identity.
struct Activation {
  Unary op = Unary::kIdentity;
  float alpha = 0;
  float beta = 0;
};

inline Activation elu(float alpha = 1) { return {Unary::kElu, alpha, 0}; }
inline Activation leaky_relu(float alpha) { return {Unary::kLeakyRelu, alpha, 0}; }
inline Activation clip(float low, float high) { return {Unary::kClip, low, high}; }
inline Activation affine(float scale, float shift) { return {Unary::kAffine, scale, shift}; }
inline Activation hard_sigmoid(float slope = 0.2F, float offset = 0.5F) { return {Unary::kHardSigmoid, slope, offset}; }

// What happens to a GEMM's or convolution's sum before it is stored: + bias, + residual, activation.
struct Epilogue {
  const float* bias = nullptr;      // one per output column (channel)
  const float* residual = nullptr;  // same shape as the output; may be the output itself
  int64_t residual_stride = 0;      // row stride of `residual`; 0: that of the output
  Activation activation;
};

// Activations that are only a clamp run in registers; the clamp of any other is the whole line.
struct Clamp {
  float low = -std::numeric_limits<float>::infinity();
  float high = std::numeric_limits<float>::infinity();
};
inline bool is_clamp(const Activation& a) {
  return a.op == Unary::kIdentity || a.op == Unary::kRelu || a.op == Unary::kRelu6 || a.op == Unary::kClip;
}
inline Clamp clamp_of(const Activation& a) {
  Clamp c;
  if (a.op == Unary::kRelu || a.op == Unary::kRelu6) c.low = 0;
  if (a.op == Unary::kRelu6) c.high = 6;
  if (a.op == Unary::kClip) c = {a.alpha, a.beta};
  return c;
}

}  // namespace hornbeam::kernels
