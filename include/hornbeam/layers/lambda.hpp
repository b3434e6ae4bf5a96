// Lambda: a function as a layer. Mirrors keras.layers.Lambda, for functions written in C++.
//
//   Lambda(HB_FUNCTION(twice))
//
// A model read from a file finds the function under custom_objects, by the function's name or, where the file holds
// marshalled Python bytecode (which is never run), by the layer's name or "Lambda". Output shape: the function's. No
// weights. See layers.hpp.
#pragma once

#include "hornbeam/fields.hpp"

namespace hornbeam {

struct LambdaOptions {
  HB_LAYER_OPTIONS
};

class LambdaLayer final : public Layer {
 public:
  HB_LAYER(LambdaLayer, "Lambda")
  LambdaLayer(Activation function, const LambdaOptions& options);
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
  // Finds the function. Throws ValueError naming the layer when there is none under custom_objects.
  void check();

 private:
  const Config* function_name() const;
  const Activation* find_function() const;
  Activation function_;
  // As the config has them: what is read is written again.
  Config function_config_, module_, output_shape_, output_shape_type_ = "raw", output_shape_module_, mask_;
  std::string function_type_ = "function";
  Config arguments_ = Config::dict();
};

class Lambda : public Ref<LambdaLayer> {
 public:
  explicit Lambda(Activation function, const LambdaOptions& options = {})
      : Ref(std::make_shared<LambdaLayer>(std::move(function), options)) {}
};

}  // namespace hornbeam
