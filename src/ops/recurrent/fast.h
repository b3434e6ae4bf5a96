// What the float32 routes of the recurrent ops share. A part of the work is
// some of the sequences, from their first step to their last: parts never wait
// for each other. The products of x and its weights are made for some steps at
// once.
#pragma once

#include <algorithm>
#include <memory>

#include "ops/kernels/gemm.h"
#include "ops/kernels/recurrent.h"
#include "ops/recurrent/sequence.h"

namespace hornbeam::fast {

using kernels::PackedB;

// Some sequences of the batch.
struct Share {
  std::int64_t first, count;
};
inline Share share_of(const Sequence& q, kernels::Part part) {
  const auto r = kernels::slice(q.batch, part);
  return {r.begin, r.end - r.begin};
}

// Columns [first, first + n) of a weight matrix [k, stride], or their
// transpose, as a right operand. Packed with the kernel when their values are
// known then, else in each run, by each thread in memory that it keeps.
class Weights {
 public:
  Weights(const KernelSpec& spec, std::size_t input, std::int64_t k, std::int64_t n, std::int64_t first = 0,
          bool transposed = false);
  // `slot` (0 to 2) tells apart weights that one thread holds at the same time.
  const PackedB& get(const KernelRun& io, int slot) const;

 private:
  void pack(PackedB& to, const float* weights) const;
  std::size_t input_;
  std::int64_t k_, n_, first_, stride_;
  bool transposed_;
  std::shared_ptr<const PackedB> packed_;
};

// Memory of a run, cut into arrays. Sizes are per sequence, so that each part
// has its own piece of each array.
class Scratch {
 public:
  // Reserves `floats` for each sequence.
  std::int64_t per_sequence(std::int64_t floats) {
    const auto at = floats_;
    floats_ += floats;
    return at;
  }
  std::size_t bytes(const Sequence& q) const { return static_cast<std::size_t>(q.batch * floats_) * sizeof(float); }
  // The share's piece of the array.
  static float* at(const KernelRun& io, const Sequence& q, const Share& share, std::int64_t array,
                   std::int64_t floats) {
    return reinterpret_cast<float*>(io.scratch) + q.batch * array + share.first * floats;
  }

 private:
  std::int64_t floats_ = 0;
};

// Which sequences of the share go on in a step.
class Mask {
 public:
  Mask(const Sequence& q, const Share& share, const bool* mask, float* scratch)
      : q_(q), share_(share), mask_(mask), on_(reinterpret_cast<std::uint8_t*>(scratch)) {}
  // Null without a mask: all.
  kernels::RowsOn at(std::int64_t t) const {
    if (!mask_) return nullptr;
    for (std::int64_t i = 0; i < share_.count; ++i) on_[i] = mask_[q_.row(share_.first + i, t)];
    return on_;
  }

 private:
  const Sequence& q_;
  Share share_;
  const bool* mask_;
  std::uint8_t* on_;
};

// Rows [count, width] that lie together, and as the sequences' rows of one time
// or step in an array of all.
void gather(const Sequence& q, const Share& share, std::int64_t t, std::int64_t width, const float* from, float* to);
void scatter(const Sequence& q, const Share& share, std::int64_t t, std::int64_t width, const float* from, float* to);
// Writes a step's output: h, or where the mask says so the output before, or
// zeros.
void write_output(const Sequence& q, const Share& share, std::int64_t step, kernels::RowsOn on, const float* h,
                  float* y);

// Gradients that reach the states of one share, going back. Without a mask `dy`
// is left to the cell's kernel.
class StateGradient {
 public:
  // state, held: [count, units] of scratch.
  StateGradient(const Sequence& q, const Share& share, const float* dy, const bool* mask, float* state, float* held);
  // Brings the step's dy in where there is a mask: afterwards `state` is the
  // gradient of the new state in rows that are on.
  void enter(std::int64_t step, kernels::RowsOn on);
  // Where the kernel finds the rows of dy, or null.
  const float* dy(std::int64_t step) const {
    return dy_ && !masked_ ? dy_ + q_.out_row(share_.first, step) * q_.units : nullptr;
  }
  std::int64_t dy_stride() const { return (q_.time_major ? 1 : q_.time) * q_.units; }
  float* state() { return state_; }

 private:
  const Sequence& q_;
  Share share_;
  const float* dy_;
  bool masked_;
  float *state_, *held_;
};

// Floating-point operations of a run, for the decision to share it out; one
// sequence is not.
double work_of(const Sequence& q, std::int64_t products);

// The kernel of a recurrence (made of spec and q, run by share), whose products of one step of one sequence take
// `multiplications`.
template <class Recurrence>
std::unique_ptr<Kernel> shared_out(const KernelSpec& spec, const Sequence& q, std::int64_t multiplications) {
  Recurrence recurrence(spec, q);
  const auto bytes = recurrence.scratch_bytes();
  return make_part_kernel(
      work_of(q, multiplications),
      [recurrence = std::move(recurrence)](const KernelRun& io, kernels::Part part) { recurrence.run(io, part); },
      bytes);
}

}  // namespace hornbeam::fast
