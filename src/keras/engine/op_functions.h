// Functions that op layers call: TensorFlow's by their Python names ("math.multiply"), Keras 3's operations as
// "ops>Multiply".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "keras/engine/op_call.h"

namespace hornbeam {

struct OpFunction {
  const char* name;
  const char* parameters;    // "x y"
  const char* op = nullptr;  // element-wise: the op called on one argument or two
  Values (*call)(const OpCall& arguments) = nullptr;

  std::vector<std::string> parameter_names() const;
  bool is_binary() const;
};
// Null when there is none.
const OpFunction* find_op_function(std::string_view name);
// tf.*'s element-wise function of this op.
const OpFunction* find_function_of_op(std::string_view op);
// "ops>Add", "ops>Mean", ... and the module under keras.src.ops that each is in ("numpy").
std::vector<std::string> keras3_operations();
const char* keras3_module(std::string_view operation);

}  // namespace hornbeam
