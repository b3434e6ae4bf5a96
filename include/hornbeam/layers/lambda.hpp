// Lambda: a function as a layer. Mirrors keras.layers.Lambda, for functions written in C++.
//
//   Lambda(HB_FUNCTION(twice))
//   Lambda(HB_FUNCTION(scaled), {.arguments = {{"by", 2.5}}})
//
// The function takes a tensor, or Values, and beside them the layer's arguments, a dict of plain data that the config
// holds (lambda_function.hpp). A model read from a file finds the function under custom_objects, by the function's name
// or, where the file holds marshalled Python bytecode (which is never run), by the layer's name or "Lambda". Output
// shape: the function's. No weights. See layers.hpp.
#pragma once

#include <optional>

#include "hornbeam/fields.hpp"
#include "hornbeam/lambda_function.hpp"

namespace hornbeam {

struct LambdaOptions {
  Config arguments = {};  // a dict
  HB_LAYER_OPTIONS
};

class LambdaLayer final : public Layer {
 public:
  HB_LAYER(LambdaLayer, "Lambda")
  // Throws TypeError when the arguments are no dict, or the function takes none.
  LambdaLayer(LambdaFunction function, const LambdaOptions& options);
  Values call(const Values& inputs, CallContext& context) override;
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f("function", self.function_config_);
    f("function_type", self.function_type_);
    f("module", self.module_);
    f("output_shape", self.output_shape_);
    f("output_shape_type", self.output_shape_type_);
    f("output_shape_module", self.output_shape_module_);
    f("mask", self.mask_);
    f("arguments", self.arguments_);
  }
  // Finds the function. Throws ValueError naming the layer when there is none under custom_objects, TypeError when it
  // does not take the arguments there are.
  void check();

 private:
  const Config* function_name() const;
  std::optional<LambdaFunction> find_function() const;
  LambdaFunction function_{Activation()};
  // As the config has them: what is read is written again.
  Config function_config_, module_, output_shape_, output_shape_type_ = "raw", output_shape_module_, mask_;
  std::string function_type_ = "function";
  Config arguments_ = Config::dict();
};

class Lambda : public Ref<LambdaLayer> {
 public:
  explicit Lambda(LambdaFunction function, const LambdaOptions& options = {})
      : Ref(std::make_shared<LambdaLayer>(std::move(function), options)) {}
  // "relu", or another of Keras's activations.
  explicit Lambda(const char* function, const LambdaOptions& options = {}) : Lambda(Activation(function), options) {}
};

}  // namespace hornbeam
