// The table of what TensorFlow's ops yield (data/ops/README.md): read once, compared at one tolerance per dtype.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "hornbeam/attrs.hpp"
#include "hornbeam/tensor.hpp"
#include "ops/op_def.h"

namespace hornbeam::testing {

struct OpCase {
  std::string op, name, note;
  Attrs attrs;
  std::vector<Tensor> inputs, outputs;
  // One per output and one per input, undefined where there is none; of recorded_gradients alone.
  std::vector<Tensor> output_gradients, gradients;
};

// Ops of the table, in order of name.
std::vector<std::string> recorded_ops();
std::vector<OpCase> recorded_cases(const std::string& op);

// Those whose gradients were recorded (data/gradients).
std::vector<std::string> recorded_gradient_ops();
std::vector<OpCase> recorded_gradients(const std::string& op);

// Empty when `found` is what was recorded; else what differs.
std::string difference(const OpCase& c, const std::vector<Tensor>& found);
// The same for the gradients of the inputs.
std::string gradient_difference(const OpCase& c, const std::vector<Tensor>& found);

}  // namespace hornbeam::testing
