// What the whole-sequence recurrent ops (_FusedLSTM, _FusedGRU, _FusedSimpleRNN) have in common.
//
// Inputs: x [batch, time, features] (time_major: [time, batch, features]), the initial states [batch, units], kernel
// [features, gates * units], recurrent_kernel [units, gates * units], then bias (0 or 1) and mask (0 or 1; bool,
// [batch, time] or [time, batch]). Outputs: y, the outputs of all steps in the order in which they were computed
// (go_backwards: of reversed time), and the last states.
//
// Where the mask is false the states stay, and the step's output is the one before (zeros before the first), or zeros
// with zero_output_for_mask.
//
// Further outputs hold what the gradient reads. `keep` = false and `sequences` = false, set by the executor where
// nobody reads them, leave these and y empty. `lookup`, also the executor's: x are indices [batch, time], and `kernel`
// is a table whose rows are the products of x's rows and the kernel, with the bias (of a GRU's two its first row).
#pragma once

#include <memory>
#include <span>
#include <string>

#include "ops/gradient.h"
#include "ops/op_def.h"
#include "ops/recurrent/cell_activation.h"

namespace hornbeam {

struct Sequence {
  std::int64_t batch, time, features, units;
  bool time_major, go_backwards, zero_masked;

  std::int64_t rows() const { return batch * time; }
  // The row of an array of all steps that belongs to sequence b at `time`.
  std::int64_t row(std::int64_t b, std::int64_t t) const { return time_major ? t * batch + b : b * time + t; }
  // When the given step of the computation takes place.
  std::int64_t time_of(std::int64_t step) const { return go_backwards ? time - 1 - step : step; }
  // The row of y that a step writes.
  std::int64_t out_row(std::int64_t b, std::int64_t step) const { return row(b, step); }
};

// `x`: the shape of an array of all steps.
Sequence sequence_of(const Attrs& attrs, const Shape& x, std::int64_t units);

// The inputs' numbers, 0 where there is none.
struct RecurrentInputs {
  RecurrentInputs(const Attrs& attrs, std::size_t states);
  std::size_t kernel, recurrent, bias = 0, mask = 0;
};

// What a shape rule finds, after checks; dims may be unknown.
struct RecurrentDims {
  // `biases`: rows of the bias when it is a matrix, 0 when it is a vector.
  RecurrentDims(const ShapeContext& c, const char* op, std::size_t states, std::int64_t gates, std::int64_t biases);
  std::int64_t batch = None, time = None, units = None;
  bool time_major;
  // [batch, time, width] in x's order, or nothing when not wanted.
  Shape steps(std::int64_t width, bool wanted) const;
  Shape steps(std::int64_t width) const { return steps(width, true); }
  Shape state() const { return Shape{batch, units}; }
};

// The op's attrs that every one of them has: `OpDef(...)...` with activation, go_backwards, time_major, ...
OpDef with_sequence_attrs(OpDef op);

// An activation attr's function. Throws InvalidArgumentError on a name that cell_activation does not know.
kernels::Activation activation_attr(const Attrs& attrs, std::string_view name);
// Throws when one of them is not known: for shape rules, so that a graph that is being made hears of it.
void check_activations(const Attrs& attrs, std::initializer_list<std::string_view> names);

// The kernel of the op for float32 with 16-bit floats widened on the way in and rounded once on the way out.
std::unique_ptr<Kernel> widened_kernel(const KernelSpec& spec, KernelFactory factory);

// For gradients: [rows, width] of an array of steps.
Tensor as_rows(const Tensor& steps);
// x^T g of two arrays of steps: the gradient of weights.
Tensor weight_gradient(const Tensor& x, const Tensor& g);
// g w^T under x's shape.
Tensor step_gradient(const Tensor& g, const Tensor& w, const Tensor& x);

}  // namespace hornbeam
