#include "hornbeam/lambda_function.hpp"

#include "hornbeam/activations.hpp"
#include "hornbeam/errors.hpp"
#include "hornbeam/ops.hpp"
#include "keras/engine/op_call.h"

namespace hornbeam {

LambdaFunction::LambdaFunction(std::string name, Function function)
    : name_(std::move(name)), function_(std::move(function)), config_(name_) {}

LambdaFunction::LambdaFunction(std::string name, Plain function)
    : name_(std::move(name)), plain_(std::move(function)), config_(name_) {}

LambdaFunction::LambdaFunction(const Activation& function)
    : name_(function.name()),
      plain_([function](const Values& inputs) { return Values(function(inputs)); }),
      config_(function.to_config()) {}

void LambdaFunction::check(const Config& arguments) const {
  if (takes_arguments() || arguments.size() == 0) return;
  throw TypeError(name_ + "() got an unexpected keyword argument '" + arguments.as_dict().front().first +
                  "'. Give the function a second parameter, `const Config& arguments`.");
}

Values LambdaFunction::operator()(const Values& inputs, const Config& arguments) const {
  check(arguments);
  return takes_arguments() ? function_(inputs, arguments) : plain_(inputs);
}

Tensor argument_tensor(const Config& value, DType dtype) { return ops::cast(constant_tensor(value), dtype); }

}  // namespace hornbeam
