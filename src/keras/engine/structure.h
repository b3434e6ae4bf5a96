// The structure of values without the values.
#pragma once

#include <memory>
#include <vector>

#include "hornbeam/values.hpp"
#include "ops/op_def.h"

namespace hornbeam {

// Tensors that only say what shape and dtype they have, in the same structure, without masks: they hold no node and no
// trace.
inline Values structure_of(const Values& values) {
  std::vector<Tensor> blanks;
  for (const auto& t : values.flatten()) {
    blanks.emplace_back(std::make_shared<TensorImpl>(t.dtype(), t.shape()));
  }
  return values.pack_like(blanks);
}

// The leaves' dtypes and shapes, to trace for.
inline std::vector<TensorSpec> specs_of(const Values& values) {
  std::vector<TensorSpec> specs;
  for (const auto& t : values.flatten()) specs.push_back({t.dtype(), t.shape()});
  return specs;
}

}  // namespace hornbeam
