// What a fused product (_FusedMatMul, _FusedConv2D, _FusedDepthwiseConv2dNative) does after the product: TensorFlow's
// attrs `fused_ops` and `num_args`. In order: "BiasAdd" (a vector, the next argument), "Add" (a residual, the next
// argument; it broadcasts), one activation by the name of its op, "MaxPool" (2x2, stride 2; convolutions only).
#pragma once

#include <optional>
#include <string_view>

#include "ops/kernels/activation.h"
#include "ops/op_def.h"

namespace hornbeam {

struct FusedArgs {
  std::size_t bias = 0, residual = 0;  // input numbers; 0: none
  kernels::Activation activation;
  bool max_pool = false;
};

// Reads the attrs (also activation_alpha, activation_beta). Throws InvalidArgumentError on names it does not know.
FusedArgs fused_args(const Attrs& attrs);

// The kernels' function of that op's name ("Relu", "Swish"), if there is one. alpha and beta are its parameters.
std::optional<kernels::Activation> activation_named(std::string_view name, float alpha = 0, float beta = 0);

// For what the fast kernels refuse: the op `base`, then one step after the other through scratch memory.
std::unique_ptr<Kernel> unfused_kernel(const KernelSpec& spec, const OpDef& base, const FusedArgs& fused);

}  // namespace hornbeam
