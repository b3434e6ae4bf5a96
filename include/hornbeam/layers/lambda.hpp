// Lambda: a function as a layer. Mirrors keras.layers.Lambda, for functions written in C++.
//
//   Lambda(HB_FUNCTION(twice))
//   Lambda(HB_FUNCTION(scaled), {.arguments = {{"by", 2.5}}})
//
// The function takes a tensor, or Values, and beside them the layer's arguments, a dict of plain data that the config
// holds (lambda_function.hpp). A model read from a file finds the function under custom_objects, by the function's name
// or, where the file holds marshalled Python bytecode (which is never run), by the layer's name or "Lambda". Output
// shape: the function's; `output_shape` (that of a sample) fills in dims that it leaves unknown. No weights.
//
// The outputs have no mask, whatever the inputs have, but what `mask` makes: a function of two values in a list, the
// inputs and their mask (nothing where there is none), that gives the mask of the outputs, as Keras's callable:
//
//   Values kept(const Values& of) { return ops::logical_and(of[1].tensor(), ops::not_equal(of[0].tensor(), 0.0)); }
//   Lambda(HB_FUNCTION(twice), {.mask = LambdaFunction(HB_FUNCTION(kept))})
//
// It is found as the function is, or, where the file holds bytecode, under "<the layer's name>/mask" or "Lambda/mask".
// See layers.hpp.
#pragma once

#include <optional>

#include "hornbeam/fields.hpp"
#include "hornbeam/lambda_function.hpp"

namespace hornbeam {

struct LambdaOptions {
  std::optional<Shape> output_shape = {};
  std::optional<LambdaFunction> mask = {};
  Config arguments = {};  // a dict
  HB_LAYER_OPTIONS
};

class LambdaLayer final : public Layer {
 public:
  HB_LAYER(LambdaLayer, "Lambda")
  // Throws TypeError when the arguments are no dict, or the function takes none.
  LambdaLayer(LambdaFunction function, const LambdaOptions& options);
  Values call(const Values& inputs, CallContext& context) override;
  std::vector<Tensor> compute_mask(const Values& inputs, const std::vector<Tensor>& masks) override;
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f("function", self.function_config_);
    f("function_type", self.function_type_);
    f("module", self.module_);
    f("output_shape", self.output_shape_);
    f("output_shape_type", self.output_shape_type_);
    f("output_shape_module", self.output_shape_module_);
    f("mask", self.mask_);
    f.optional("mask_type", self.mask_type_);
    f.optional("mask_module", self.mask_module_);
    f("arguments", self.arguments_);
  }
  // Finds the functions. Throws ValueError naming the layer when one is not under custom_objects, TypeError when it
  // does not take the arguments there are.
  void check();

 private:
  std::optional<LambdaFunction> find_function(const Config& config, const char* suffix) const;
  void find_mask();
  LambdaFunction function_{Activation()};
  std::optional<LambdaFunction> mask_function_;
  // As the config has them: what is read is written again.
  Config function_config_, module_, output_shape_, output_shape_type_ = "raw", output_shape_module_, mask_;
  std::optional<std::string> mask_type_;
  std::optional<Config> mask_module_;
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
