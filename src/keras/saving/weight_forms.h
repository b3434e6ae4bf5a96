// What a Keras calls a model's variables in its files, and of which dtype they are there.
#pragma once

#include <string>
#include <unordered_map>

#include "hornbeam/model.hpp"
#include "keras/serialization/dialect_tables.h"

namespace hornbeam {

class WeightForms {
 public:
  WeightForms(const Model& model, Target target);
  // Keras 2: "dense/kernel:0". Keras 3 says paths, "dense/kernel", in which a Sequential's layers are below its name:
  // "sequential/dense/kernel". Nobody reads by them; the order of lists counts.
  std::string name(const VariableNode& variable) const;
  DType dtype(const VariableNode& variable) const;
  Tensor value(const VariableNode& variable) const;

 private:
  void add_model(const Model& model);
  void add_layer(const Layer& layer, const std::string& prefix);
  std::unordered_map<const VariableNode*, std::string> paths_;  // where they are not the variable's own
  std::unordered_map<const VariableNode*, DType> dtypes_;
  Target target_;
};

}  // namespace hornbeam
