// The recurrences written plainly, for any floating-point type: what the vector kernels must agree with, and the route
// of float64.
#pragma once

#include <algorithm>
#include <vector>

#include "ops/matmul.h"
#include "ops/recurrent/sequence.h"

namespace hornbeam::plain {

// z = x kernel + bias, all steps at once, in x's order.
template <class T>
std::vector<T> projected(const Sequence& q, std::int64_t columns, const T* x, const T* kernel, const T* bias) {
  std::vector<T> z(static_cast<std::size_t>(q.rows() * columns));
  MatrixProduct{q.rows(), columns, q.features, false, false}.run(x, kernel, z.data());
  for (std::int64_t r = 0; bias && r < q.rows(); ++r) {
    for (std::int64_t j = 0; j < columns; ++j) z[static_cast<std::size_t>(r * columns + j)] += bias[j];
  }
  return z;
}

// What a step does with its mask: where it is false the states stay and the output is the one before.
template <class T>
struct Outputs {
  const Sequence& q;
  T* y;  // null: nobody reads it
  const bool* mask;

  bool masked(std::int64_t b, std::int64_t t) const { return mask && !mask[q.row(b, t)]; }
  void write(std::int64_t b, std::int64_t step, const T* h) const {
    if (y) std::copy_n(h, q.units, at(b, step));
  }
  void repeat(std::int64_t b, std::int64_t step) const {
    if (!y) return;
    if (step == 0 || q.zero_masked) {
      std::fill_n(at(b, step), q.units, T{});
    } else {
      std::copy_n(at(b, step - 1), q.units, at(b, step));
    }
  }
  T* at(std::int64_t b, std::int64_t step) const { return y + q.out_row(b, step) * q.units; }
};

// The gradient of each step's new state, gathered from its output, from masked outputs that repeat it, and from the
// state's later uses.
template <class T>
class StateGradient {
 public:
  StateGradient(const Sequence& q, const T* dy, const bool* mask, const T* last)
      : q_(q), dy_(dy), mask_(mask), state_(last, last + q.batch * q.units), held_(state_.size()) {}

  // Steps must be asked for backwards. Null when the step is masked: nothing was computed there.
  T* of_step(std::int64_t b, std::int64_t step) {
    T *total = state(b), *held = held_.data() + b * q_.units;
    const T* own = dy_ ? dy_ + q_.out_row(b, step) * q_.units : nullptr;
    if (mask_ && !mask_[q_.row(b, q_.time_of(step))]) {
      for (std::int64_t j = 0; own && !q_.zero_masked && j < q_.units; ++j) held[j] += own[j];
      return nullptr;
    }
    for (std::int64_t j = 0; j < q_.units; ++j) {
      total[j] += (own ? own[j] : T{}) + held[j];
      held[j] = T{};
    }
    return total;
  }
  T* state(std::int64_t b) { return state_.data() + b * q_.units; }
  const std::vector<T>& all() const { return state_; }

 private:
  const Sequence& q_;
  const T* dy_;
  const bool* mask_;
  std::vector<T> state_, held_;
};

}  // namespace hornbeam::plain
