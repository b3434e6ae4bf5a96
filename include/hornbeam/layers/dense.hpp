// Dense: output = activation(dot(input, kernel) + bias). Mirrors keras.layers.Dense. See layers.hpp.
//
// Input (batch, ..., input_dim), output (batch, ..., units). Weights: kernel (input_dim, units), bias (units).
#pragma once

#include "hornbeam/layers/kernel_fields.hpp"
#include "hornbeam/layers/quantized.hpp"

namespace hornbeam {

struct DenseOptions {
  Activation activation = "linear";
  bool use_bias = true;
  Initializer kernel_initializer = "glorot_uniform";
  Initializer bias_initializer = "zeros";
  Regularizer kernel_regularizer = {};
  Regularizer bias_regularizer = {};
  Regularizer activity_regularizer = {};
  Constraint kernel_constraint = {};
  Constraint bias_constraint = {};
  std::optional<std::int64_t> lora_rank = {};  // Keras 3
  std::optional<double> lora_alpha = {};       // default: the rank, which it is again once the layer is built
  Config quantization_config = {};             // Keras 3: hornbeam/quantizers.hpp
  HB_LAYER_OPTIONS
};

class DenseLayer final : public QuantizedLayer {
 public:
  static constexpr const char* kClassName = "Dense";
  // Throws ValueError when units <= 0.
  DenseLayer(std::int64_t units, const DenseOptions& options);
  explicit DenseLayer(const LayerOptions& options) : QuantizedLayer(options) {}  // fields follow (from_config)

  using Layer::build;
  void build(const Shape& input_shape) override;
  Values call(const Values& inputs, CallContext& context) override;
  Config get_config() const override { return config_of(*this); }
  std::string class_name() const override { return kClassName; }

  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f.required("units", self.units_);
    kernel_fields(self.o_, self.activity_regularizer_, f);
    quantization_fields(self, f);
    lora_fields(self, f);
  }
  // Validates the fields and derives what depends on them (input_spec_, supports_masking_).
  void check();

  Variable kernel, bias;  // after build

 private:
  const Constraint& kernel_constraint() const override { return o_.kernel_constraint; }
  QuantizedForm quantized_form(const Shape& kernel) const override;
  void kernel_replaced(const Variable& made) override { kernel = made; }

  std::int64_t units_ = 0;
  DenseOptions o_;
};

HB_LAYER_HANDLE_OF(Dense, DenseOptions, std::int64_t, units);

}  // namespace hornbeam
