// Activations: a named function of a tensor. Mirrors keras.activations.
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

#include "hornbeam/config.hpp"
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
  bool is_linear() const { return name_ == "linear"; }
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

#define HB_FUNCTION(f) ::hornbeam::Activation(#f, f)

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
}  // namespace activations

}  // namespace hornbeam
