// LambdaFunction: what a Lambda layer calls: a named function of its inputs, and of the layer's `arguments` if it takes
// them. Mirrors the `function` of keras.layers.Lambda.
//
//   Tensor scaled(const Tensor& x, const Config& arguments) { return x * arguments.at("by").as_double(); }
//   Values swapped(const Values& two) { return {two[1], two[0]}; }
//   Lambda(HB_FUNCTION(scaled), {.arguments = {{"by", 2.5}}});
//
// Immutable: threads may share them, if the function may run on several.
#pragma once

#include <functional>
#include <string>

#include "hornbeam/config.hpp"
#include "hornbeam/dtype.hpp"
#include "hornbeam/values.hpp"

namespace hornbeam {

class Activation;

class LambdaFunction {
 public:
  // The arguments are a dict, as the layer has them; arrays in it are read by argument_tensor.
  using Function = std::function<Values(const Values& inputs, const Config& arguments)>;
  using Plain = std::function<Values(const Values& inputs)>;

  LambdaFunction(std::string name, Function function);
  LambdaFunction(std::string name, Plain function);
  LambdaFunction(const Activation& function);

  const std::string& name() const { return name_; }
  bool takes_arguments() const { return static_cast<bool>(function_); }
  // Throws TypeError in Python's words ("f() got an unexpected keyword argument 'by'") when there are arguments and it
  // takes none.
  void check(const Config& arguments) const;
  Values operator()(const Values& inputs, const Config& arguments) const;
  // Its name, or the object form of the activation that it is.
  const Config& to_config() const { return config_; }

 private:
  std::string name_;
  Function function_;
  Plain plain_;  // instead
  Config config_;
};

// An argument as a tensor: a number, nested lists of them, or an array of Keras's (which 2.15 and Keras 3 write with
// its dtype, and 2.2 as lists). Throws NotImplementedError of anything else.
Tensor argument_tensor(const Config& value, DType dtype);

}  // namespace hornbeam
