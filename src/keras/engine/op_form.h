// A call of an op layer in TensorFlow's terms, whatever a Keras called it: what op layers are converted by.
#pragma once

#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "keras/engine/op_functions.h"
#include "ops/op_def.h"

namespace hornbeam {

// Nothing, tensors (concrete ones are constants) or plain data.
using OpArgument = std::variant<std::monostate, Values, Config>;

struct OpForm {
  const OpFunction* function = nullptr;  // of tf.*
  std::vector<OpArgument> arguments;     // by the function's parameters
};

// TFOpLambda, or what tf.keras has for x[...].
const char* op_lambda_class(const OpFunction& function);

// A call of an op as that of the function of tf.* that does just that; nothing when there is none.
std::optional<OpForm> form_of_op(const OpDef& op, std::span<const Tensor> inputs, const Attrs& attrs);

// A call of a function as it stands in a node of the graph; of one of Keras 3's operations in the terms of tf.*.
// `who`: for messages. Throws ValueError when tf.* has no such function.
OpForm form_of_call(const std::string& who, const OpFunction& function, const Values& inputs,
                    const CallOptions& options, const Config& settings);

// The arguments as a layer's call takes them.
struct OpArguments {
  Values inputs;
  CallOptions options;
};
// tf.keras's: the first by position, the rest by name.
OpArguments tf_arguments(const OpForm& form);
// Keras 3's: tensors by position; plain data is set in `settings`, the layer's config. Throws ValueError naming `who`
// when the operation cannot be called so.
OpArguments keras3_arguments(const std::string& who, const OpForm& form, Config& settings);

}  // namespace hornbeam
