// Quantised layers of Keras 3: Dense, EinsumDense, Embedding and ReversibleEmbedding with a dtype policy such as
// "int8_from_float32", and after quantize().
//
//   dense->quantize("int8");   // kernel: int8, kernel_scale: float32; neither is trained
//   dense->quantize("int4");   // two values in a byte of the kernel; with blocks also kernel_zero and g_idx
//   dense->quantize("float8"); // the kernel stays; it and the inputs are rounded to 8 bits on the way
#pragma once

#include <functional>

#include "hornbeam/layers/lora.hpp"
#include "hornbeam/quantizers.hpp"

namespace hornbeam {

// What a policy and a quantization_config say together.
struct QuantizationSettings {
  std::string mode;  // empty: none
  std::optional<std::int64_t> block_size;
  std::int64_t amax_history_length = 1024;
  bool configured = false;  // by a config, which then says whether inputs are quantised
  std::optional<quantizers::AbsMaxQuantizer> weights, inputs;
};

// How a kernel is quantised.
struct QuantizedForm {
  Shape kernel;
  std::vector<std::int64_t> axes;   // of the kernel, which a scale of int8 spans
  Shape scale;                      // those of int8
  std::vector<std::int64_t> order;  // of the axes that remain, in `scale`
  Shape matrix;                     // the kernel as int4 sees it
  std::int64_t group_axis = 0;      // of the matrix, along which there are blocks
  std::int64_t pack_axis = -1;      // of the matrix, along which two values share a byte
};

struct QuantizedWeight {
  QuantizedForm form;
  Variable values, scale, zero, groups;  // the last two of int4 in blocks
};

class QuantizedLayer : public LoraLayer {
 public:
  void quantize(const std::string& mode, const Config& config = {}) override;
  Tensor stored_value(const Variable& variable) const override;

 protected:
  using LoraLayer::LoraLayer;
  // At the end of `fields`, and of `check`.
  template <class Self, class F>
  static void quantization_fields(Self& self, F&& f) {
    f.optional("quantization_config", self.quantization_config_);
  }
  void set_quantization(const Config& config);
  void check_quantization();
  bool has_quantized_call() const override { return true; }
  const QuantizationSettings& settings() const { return settings_; }
  bool holds_integers() const { return settings_.mode == "int8" || settings_.mode == "int4"; }
  // Does this call compute as a quantised layer's?
  bool calls_quantized() const;
  // The kernel of a call that does not: integers as they are, with what LoRA adds.
  Tensor plain_kernel() const;

  // ---- of each class ----
  virtual QuantizedForm quantized_form(const Shape& kernel) const = 0;
  virtual void kernel_replaced(const Variable& made) = 0;
  virtual bool has_float8() const { return true; }
  // After quantize() has made of the kernel what it is to be: other weights.
  virtual void quantize_more(const QuantizationSettings&) {}

  // In `build`: the kernel, with what belongs to it, of any mode.
  Variable build_kernel(const Shape& shape, const WeightOptions& options);

  // A weight with nothing in it yet.
  QuantizedWeight make_quantized(const std::string& name, const std::string& groups, QuantizedForm form,
                                 const QuantizationSettings& settings, DType zero);
  static void assign_quantized(const QuantizedWeight& weight, const Tensor& value,
                               const QuantizationSettings& settings);
  // values as they were before they were packed.
  Tensor unpacked(const QuantizedWeight& weight) const;
  // The kernel in the compute dtype.
  Tensor dequantized(const QuantizedWeight& weight) const;
  const QuantizedWeight& quantized_kernel() const { return kernel_; }

  // How inputs and kernel are multiplied.
  struct Product {
    std::function<Tensor(const Tensor& inputs, const Tensor& kernel)> of;
    std::vector<std::int64_t> axes;                        // of the inputs, which their scales span
    std::function<Tensor(const Tensor& scale)> on_output;  // such scales laid out as the output is
    bool scaled_after = true;                              // int4 without blocks: the product, not the kernel
  };
  // inputs times the kernel, LoRA included.
  Tensor quantized_product(const Tensor& inputs, const Product& product, CallContext& context) const;
  // The bias as it is added.
  Tensor quantized_bias(const Variable& bias) const;

 private:
  Shape kernel_shape() const override;
  Regularizer kernel_regularizer() const override { return regularizer_; }
  Tensor int8_product(const Tensor& inputs, const Product& product) const;
  Tensor int4_product(const Tensor& inputs, const Product& product) const;
  Tensor float8_product(const Tensor& inputs, const Product& product, CallContext& context) const;
  void make_float8();
  [[noreturn]] static void refuse_float8();

  std::optional<Config> quantization_config_;
  Regularizer regularizer_;  // of the kernel, and of what LoRA adds to one that has none itself
  QuantizationSettings settings_;
  QuantizedWeight kernel_;
  struct Float8 {
    Variable scale, amax_history;
  };
  Float8 inputs8_, kernel8_, outputs_grad8_;
};

}  // namespace hornbeam
