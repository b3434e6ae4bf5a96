// What ops on strings share.
#pragma once

#include <string>
#include <vector>

#include "hornbeam/tensor.hpp"
#include "ops/op_def.h"

namespace hornbeam {

// What TensorFlow's string ops strip, and split at unless told otherwise.
inline bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// One output of the shape of input 0.
std::vector<Shape> same_as_first(const ShapeContext& c);

// A kernel that makes element i of output 0 from element i of input 0, a string.
template <class R, class F>
std::unique_ptr<Kernel> each_string(const KernelSpec& spec, F f) {
  const auto n = spec.inputs[0].shape.num_elements();
  return make_kernel([n, f = std::move(f)](const KernelRun& io) {
    const auto* x = io.input<std::string>(0);
    auto* y = io.output<R>(0);
    for (std::int64_t i = 0; i < n; ++i) y[i] = f(x[i]);
  });
}

// The values of an int32 or int64 tensor. Throws InvalidArgumentError naming the op on another dtype.
std::vector<std::int64_t> as_int64s(const Tensor& t, const char* op);
// The numbers as a vector of this integer dtype.
Tensor int_vector(DType dtype, const std::vector<std::int64_t>& values);

// Of an output that a file or a caller asks for, before it is allocated. Throws InvalidArgumentError naming the op.
void check_output_size(const std::vector<std::int64_t>& dims, DType dtype, const char* op);

// Splits of rows: begin at 0, never fall, end at `values`. Throws InvalidArgumentError in TensorFlow's words.
void check_splits(const std::vector<std::int64_t>& splits, std::int64_t values);

}  // namespace hornbeam
