// EinsumDense: output = activation(einsum(equation, input, kernel) + bias). Mirrors keras.layers.EinsumDense (from 2.5
// on). See layers.hpp.
//
//   EinsumDense("abc,cde->abde", {None, 4, 8}, {.bias_axes = "de"})  // (batch, time, c) -> (batch, time, 4, 8)
//
// output_shape is without the batch and without what "..." stands for; None where the input says it. Weights: kernel as
// the equation's second operand, bias over bias_axes.
#pragma once

#include "hornbeam/layers/quantized.hpp"

namespace hornbeam {

struct EinsumDenseOptions {
  Activation activation = "linear";
  std::optional<std::string> bias_axes = {};
  Initializer kernel_initializer = "glorot_uniform";
  Initializer bias_initializer = "zeros";
  Regularizer kernel_regularizer = {};
  Regularizer bias_regularizer = {};
  Regularizer activity_regularizer = {};
  Constraint kernel_constraint = {};
  Constraint bias_constraint = {};
  std::optional<std::int64_t> lora_rank = {};  // Keras 3
  std::optional<double> lora_alpha = {};       // default: the rank
  Config quantization_config = {};             // Keras 3: hornbeam/quantizers.hpp
  HB_LAYER_OPTIONS
};

class EinsumDenseLayer final : public QuantizedLayer {
 public:
  static constexpr const char* kClassName = "EinsumDense";
  explicit EinsumDenseLayer(const LayerOptions& options) : QuantizedLayer(options) {}
  std::string class_name() const override { return kClassName; }
  Config get_config() const override { return config_of(*this); }
  EinsumDenseLayer(std::string equation, const Shape& output_shape, const EinsumDenseOptions& options);
  using Layer::build;
  void build(const Shape& input_shape) override;
  Values call(const Values& inputs, CallContext& context) override;
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f.required("output_shape", self.output_shape_);
    f.required("equation", self.equation_);
    f("activation", self.o_.activation);
    f("bias_axes", self.o_.bias_axes);
    f("kernel_initializer", self.o_.kernel_initializer);
    f("bias_initializer", self.o_.bias_initializer);
    f("kernel_regularizer", self.o_.kernel_regularizer);
    f("bias_regularizer", self.o_.bias_regularizer);
    f("activity_regularizer", self.activity_regularizer_);
    f("kernel_constraint", self.o_.kernel_constraint);
    f("bias_constraint", self.o_.bias_constraint);
    quantization_fields(self, f);
    lora_fields(self, f);
  }
  void check();

  Variable kernel, bias;  // after build

 private:
  const Constraint& kernel_constraint() const override { return o_.kernel_constraint; }
  QuantizedForm quantized_form(const Shape& kernel) const override;
  void kernel_replaced(const Variable& made) override { kernel = made; }

  Config output_shape_;  // an int or a list; a list once checked
  std::string equation_;
  EinsumDenseOptions o_;
};

class EinsumDense : public Ref<EinsumDenseLayer> {
 public:
  EinsumDense(std::string equation, const Shape& output_shape, const EinsumDenseOptions& options = {})
      : Ref(std::make_shared<EinsumDenseLayer>(std::move(equation), output_shape, options)) {}
};

}  // namespace hornbeam
