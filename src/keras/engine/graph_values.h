// Running a functional graph on other tensors: what stands for each of its symbolic ones.
#pragma once

#include <map>

#include "keras/engine/keras_tensor.h"

namespace hornbeam {

class GraphValues {
 public:
  void set(const Tensor& symbolic, Tensor value, Tensor mask = {}) {
    table_[symbolic.impl().get()] = {std::move(value), std::move(mask)};
  }
  // Calls `layer` as the node was called, and keeps what it gives for the node's outputs.
  void call(const KerasNode& node, Layer& layer);
  // The same structure of values. Throws ValueError for a tensor that nothing was computed for.
  Values of(const Values& symbolic) const;

 private:
  struct Computed {
    Tensor tensor, mask;
  };
  std::map<const TensorImpl*, Computed> table_;
};

}  // namespace hornbeam
