// Whole-sequence ops for the built-in cells.
#pragma once

#include "hornbeam/layers/recurrent.hpp"

namespace hornbeam {

// May an op of the engine run the whole sequence, in this call? (Not every activation, nor dropout by gate.)
bool can_fuse(const CellSettings& settings, bool in_training);

// As the cells have them (builtin_cells.hpp).
struct FusedWeights {
  Tensor kernel, recurrent_kernel, bias;  // no bias: undefined
};

struct FusedCall {
  const char* op;  // "_FusedLSTM"
  const CellSettings& settings;
  FusedWeights weights;
  const RNNFlags& flags;
  bool starts_from_zeros;  // the states are zeros that the layer made
};
RNNResult run_fused(const FusedCall& call, const Tensor& x, const Tensor& mask, const std::vector<Tensor>& states);

}  // namespace hornbeam
