// Functions that op layers call: TensorFlow's by their Python names ("math.multiply"), Keras 3's operations as
// "ops>Multiply".
#pragma once

#include <span>
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
  const char* module = nullptr;  // of Keras 3's operations, under keras.src.ops ("numpy")

  std::vector<OpParameter> parameter_list() const;
  std::vector<std::string> parameter_names() const;
};
// Null when there is none.
const OpFunction* find_op_function(std::string_view name);
// tf.*'s element-wise function of this op.
const OpFunction* find_function_of_op(std::string_view op);
// Tables of op_functions/, one file a family; `module` is that of the operations among them. An element-wise function
// of tf.* brings Keras 3's operation with it, unless that has a row of its own.
void add_op_functions(const char* module, std::span<const OpFunction> functions);
bool is_keras3_operation(const OpFunction& function);
// "math.add", "ops>Add", ...
std::vector<std::string> op_function_names();
// Keras 3's operation for tf.*'s function and the other way round; null when there is none.
const OpFunction* keras3_operation_like(const OpFunction& function);
const OpFunction* tf_function_like(const OpFunction& operation);

}  // namespace hornbeam
