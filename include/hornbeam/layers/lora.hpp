// LoRA: a kernel that stays as it is, and two thin matrices that are trained in its place. What Keras 3's Dense,
// EinsumDense, Embedding and convolutions do with `lora_rank`, and once they are built with enable_lora().
//
//   dense->enable_lora(4);   // the kernel is kernel + alpha / rank * (lora_kernel_a @ lora_kernel_b) from now on
//
// An archive, and weights in the v3 layout, hold the sum as the kernel; loaded from there, the two matrices are zeros.
#pragma once

#include "hornbeam/fields.hpp"

namespace hornbeam {

struct LoraOptions {
  std::optional<double> lora_alpha = {};  // default: the rank
  Initializer a_initializer = "he_uniform";
  Initializer b_initializer = "zeros";
};

// What those layers share. The kernel is the first weight that they make.
class LoraLayer : public Layer {
 public:
  // Once, after the layer was built. Throws ValueError in Keras's words.
  void enable_lora(std::int64_t rank, const LoraOptions& options = {});
  bool lora_enabled() const { return lora_a_ != nullptr; }
  // As they were made: what is frozen keeps its place, as in Keras 3.
  std::vector<Variable> weights() const override;

  // What the v3 layout numbers, in its order: kernel, bias, what there is besides; not the two matrices.
  std::vector<Variable> stored_variables() const;
  // What it holds of such a variable: of the kernel the sum.
  virtual Tensor stored_value(const Variable& variable) const;
  // The two matrices; none before enable_lora().
  std::vector<Variable> lora_variables() const;

 protected:
  using Layer::Layer;
  // At the end of `fields`, of `check` and of `build`.
  template <class Self, class F>
  static void lora_fields(Self& self, F&& f) {
    f.optional("lora_rank", self.lora_rank_);
    f.optional("lora_alpha", self.lora_alpha_);
  }
  void set_lora(std::optional<std::int64_t> rank, std::optional<double> alpha);
  void check_lora();
  enum class BuiltAlpha { kept, forgotten };  // some of Keras's classes build themselves with the rank alone
  void build_lora(BuiltAlpha alpha);
  // The kernel to compute with.
  Tensor adapted_kernel() const;
  // alpha / rank.
  double lora_scale() const;
  // What is added to the kernel, in the matrices' dtype.
  Tensor lora_delta() const;
  // "kernel", of which the names of the two matrices are made.
  virtual const char* kernel_name() const { return "kernel"; }
  virtual const Constraint& kernel_constraint() const = 0;
  // Of the kernel that the two matrices add to, also where it is stored in another shape.
  virtual Shape kernel_shape() const { return kernel_weight().variable->shape(); }
  virtual Regularizer kernel_regularizer() const { return kernel_weight().regularizer; }
  const Weight& kernel_weight() const;

 private:
  void make_lora(std::int64_t rank, const std::optional<Config>& alpha, const LoraOptions& options);
  void refuse_constraint() const;

  std::optional<std::int64_t> lora_rank_;
  std::optional<Config> lora_alpha_;  // as it was given: 2 and 2.0 are not written alike
  Variable lora_a_, lora_b_;
};

}  // namespace hornbeam
