// What FusedBatchNorm and its gradient share.
#pragma once

#include "ops/dispatch.h"
#include "ops/gradient.h"

namespace hornbeam {

// The dim of the channels. Throws InvalidArgumentError on a data format that is none.
std::size_t batch_norm_channel(const Attrs& attrs, std::size_t rank);

// A tensor seen as [outer, channels, inner]; channels last: inner is 1.
struct ChannelDims {
  ChannelDims(const Shape& shape, const Attrs& attrs);
  std::int64_t outer = 1, channels = 1, inner = 1;
  std::int64_t count() const { return outer * inner; }
  std::int64_t size() const { return outer * channels * inner; }

  // fn(x + offset, channel, count) for each run of one channel, in order.
  template <class T, class Fn>
  void for_each_run(const T* x, Fn&& fn) const {
    for (std::int64_t o = 0; o < outer; ++o) {
      for (std::int64_t c = 0; c < channels; ++c) {
        fn(x + (o * channels + c) * inner, static_cast<std::size_t>(c), inner);
      }
    }
  }
};

// What relu and a second summand add to batch normalisation: y = relu(normalised + side).
struct BatchNormExtras {
  bool relu = false;
  std::size_t side = 0;  // the input that is added; 0: none
};
// The staged kernels of FusedBatchNorm and its gradient, for float32 with channels last; null for others.
// (x, scale, offset, mean, variance[, side]) -> (y, mean, variance, saved mean, saved variance[, 0])
std::unique_ptr<Kernel> staged_batch_norm(const KernelSpec& spec, const BatchNormExtras& extras);
// (dy, x, scale, saved mean, saved variance, ..[, offset]) -> (dx, d scale, d offset); `offset`: the input that is it,
// with relu.
std::unique_ptr<Kernel> staged_batch_norm_grad(const KernelSpec& spec, bool relu, std::size_t offset);

// batch_norm_grad.cpp: the gradients of FusedBatchNorm, V2 and V3.
Tensors batch_norm_gradient(const GradientContext& c);
Tensors batch_norm_v2_gradient(const GradientContext& c);
Tensors batch_norm_v3_gradient(const GradientContext& c);

}  // namespace hornbeam
