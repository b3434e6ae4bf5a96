// Functions that op layers call: TensorFlow's by their Python names ("math.multiply"), Keras 3's operations as
// "ops>Multiply".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "keras/engine/op_call.h"

namespace hornbeam {

struct OpParameter {
  std::string name;
  bool plain = false;    // data, not a tensor: in Keras 3 it stands in the layer's config
  bool only = false;     // no other value than `fallback` is understood
  Config fallback = {};  // what it is when the call does not say; null when it must, or that is Python's None
};

struct OpFunction {
  const char* name;
  // "x y", "x axis= keepdims=false", "x initial==": "=" and "==" tell OpParameter's plain and only, JSON its fallback.
  const char* parameters;
  const char* op = nullptr;                           // element-wise: the op called on one argument or two,
  Values (*call)(const OpCall& arguments) = nullptr;  // unless there is this
  // tf.*: Keras 3's operation with parameters of the same order, and what tf.keras 2.15 writes beside the arguments, as
  // JSON.
  const char* keras3 = nullptr;
  const char* also = nullptr;

  std::vector<OpParameter> parameter_list() const;
  std::vector<std::string> parameter_names() const;
};
// Null when there is none.
const OpFunction* find_op_function(std::string_view name);
// tf.*'s element-wise function of this op.
const OpFunction* find_function_of_op(std::string_view op);
// "ops>Add", "ops>Mean", ... and the module under keras.src.ops that each is in ("numpy").
std::vector<std::string> keras3_operations();
const char* keras3_module(std::string_view operation);
// Keras 3's operation for tf.*'s function and the other way round; null when there is none.
const OpFunction* keras3_operation_like(const OpFunction& function);
const OpFunction* tf_function_like(const OpFunction& operation);

}  // namespace hornbeam
