// Activations: a named function of a tensor. Mirrors keras.activations. Immutable: threads may share them.
//
//   Dense(64, {.activation = "relu"});
//   Tensor twice(const Tensor& x) { return x * 2; }
//   Dense(64, {.activation = HB_FUNCTION(twice)});   // saved by its name, found again under custom_objects
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "hornbeam/config.hpp"
#include "hornbeam/lambda_function.hpp"
#include "hornbeam/tensor.hpp"

namespace hornbeam {

class Activation {
 public:
  using Function = std::function<Tensor(const Tensor&)>;

  Activation() : Activation("linear") {}
  Activation(std::nullptr_t) : Activation("linear") {}
  // A built-in name or one of the custom objects in scope. Throws ValueError ("Unknown activation function: foo").
  Activation(const char* name);
  Activation(const std::string& name);
  Activation(std::string name, Function function);

  const std::string& name() const { return name_; }
  // Is it Keras's own function of that name? Not so when a function of yours is registered under it.
  bool is_builtin() const;
  Tensor operator()(const Tensor& x) const;

  // Its name; an object form for activations with a config.
  Config to_config() const;
  // From null, a name, {"class_name": "function", ...}, or a serialized activation layer.
  static Activation from_config(const Config& config);

 private:
  std::string name_;
  Function function_;
  Config config_;  // the object form it came from, when it was no plain name
};

// app::twice -> "twice", as Keras names functions. Of a function of a tensor an Activation; of one that takes Values,
// or the arguments of a Lambda too, a LambdaFunction.
#define HB_FUNCTION(f) ::hornbeam::named_function(::hornbeam::unqualified(#f), f)
template <class F>
Activation named_function(std::string name, F f) {
  return {std::move(name), std::move(f)};
}
template <class Result>
LambdaFunction named_function(std::string name, Result (*f)(const Values&)) {
  return {std::move(name), LambdaFunction::Plain(f)};
}
template <class Result>
LambdaFunction named_function(std::string name, Result (*f)(const Values&, const Config&)) {
  return {std::move(name), LambdaFunction::Function(f)};
}
template <class Result>
LambdaFunction named_function(std::string name, Result (*f)(const Tensor&, const Config&)) {
  return {std::move(name), LambdaFunction::Function(f)};
}
inline std::string unqualified(const std::string& name) {
  const auto colon = name.rfind(':');
  return colon == std::string::npos ? name : name.substr(colon + 1);
}

// keras.activations by their Keras names, on concrete, traced and symbolic tensors.
namespace activations {
Tensor relu(const Tensor& x, double alpha = 0.0, std::optional<double> max_value = {}, double threshold = 0.0);
Tensor elu(const Tensor& x, double alpha = 1.0);
Tensor selu(const Tensor& x);
Tensor gelu(const Tensor& x, bool approximate = false);
Tensor swish(const Tensor& x);
Tensor softmax(const Tensor& x, std::int64_t axis = -1);
Tensor log_softmax(const Tensor& x, std::int64_t axis = -1);
Tensor softplus(const Tensor& x);
Tensor softsign(const Tensor& x);
Tensor tanh(const Tensor& x);
Tensor sigmoid(const Tensor& x);
Tensor exponential(const Tensor& x);
Tensor hard_sigmoid(const Tensor& x);         // Keras 2: clip(0.2 x + 0.5, 0, 1)
Tensor hard_sigmoid_keras3(const Tensor& x);  // Keras 3: relu6(x + 3) / 6
Tensor linear(const Tensor& x);
Tensor mish(const Tensor& x);
Tensor relu6(const Tensor& x);
Tensor leaky_relu(const Tensor& x, double negative_slope = 0.2);

// Keras 3's.
Tensor celu(const Tensor& x, double alpha = 1.0);
Tensor glu(const Tensor& x, std::int64_t axis = -1);  // halves that axis; throws ValueError when it is odd
Tensor hard_silu(const Tensor& x);                    // x * hard_sigmoid_keras3(x); also hard_swish
Tensor hard_tanh(const Tensor& x);
Tensor hard_shrink(const Tensor& x, double threshold = 0.5);
Tensor soft_shrink(const Tensor& x, double threshold = 0.5);
Tensor tanh_shrink(const Tensor& x);
Tensor threshold(const Tensor& x, double threshold, double default_value);
Tensor log_sigmoid(const Tensor& x);
Tensor sparse_plus(const Tensor& x);
Tensor sparse_sigmoid(const Tensor& x);
Tensor sparsemax(const Tensor& x, std::int64_t axis = -1);
Tensor squareplus(const Tensor& x, double b = 4.0);

// A built-in by its name; null when there is none. Two names changed their meaning: "hard_sigmoid" is Keras 2's unless
// `keras3`, and Keras 3's is called "hard_sigmoid_keras3" here (and in what to_config says; saving translates).
std::optional<Activation> by_name(const std::string& name, bool keras3 = false);
// For a file of either: the name of an activation of Keras 3 as it is called here, and back. Names with one meaning
// stay as they are.
std::string name_from_keras3(const std::string& name);
std::string name_for_keras3(const std::string& name);
}  // namespace activations

}  // namespace hornbeam
