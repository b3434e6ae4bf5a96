#include "hornbeam/layers/lora.hpp"

#include <algorithm>

#include "hornbeam/ops.hpp"
#include "keras/engine/restructured.h"

namespace hornbeam {

void LoraLayer::enable_lora(std::int64_t rank, const LoraOptions& options) {
  refuse_constraint();
  if (!built()) throw ValueError("Cannot enable lora on a layer that isn't yet built.");
  if (lora_enabled()) throw ValueError("lora is already enabled. This can only be done once per layer.");
  make_lora(rank, options.lora_alpha ? std::optional<Config>(*options.lora_alpha) : std::nullopt, options);
}

void LoraLayer::set_lora(std::optional<std::int64_t> rank, std::optional<double> alpha) {
  lora_rank_ = rank;
  if (alpha) lora_alpha_ = *alpha;
}

void LoraLayer::check_lora() {
  if (lora_rank_ == 0) lora_rank_.reset();  // nothing, as Python takes it
  if (!lora_rank_) return lora_alpha_.reset();
  if (!lora_alpha_) lora_alpha_ = *lora_rank_;
  lora_alpha_->as_double();  // a number, or a TypeError
}

void LoraLayer::build_lora(BuiltAlpha alpha) {
  if (!lora_rank_) return;
  refuse_constraint();
  make_lora(*lora_rank_, alpha == BuiltAlpha::kept ? lora_alpha_ : std::nullopt, {});
}

void LoraLayer::refuse_constraint() const {
  if (!kernel_constraint()) return;
  const std::string name = kernel_name();
  throw ValueError("Lora is incompatible with " + (name == "embeddings" ? "embedding" : name) +
                   " constraints. In order to enable lora on this layer, remove the `" + name +
                   "_constraint` argument.");
}

void LoraLayer::make_lora(std::int64_t rank, const std::optional<Config>& alpha, const LoraOptions& options) {
  const auto kernel = kernel_weight().variable;
  auto thin = kernel_shape().dims();
  const auto last = thin.back();
  thin.back() = rank;
  if (rank <= 0) {
    throw ValueError("Cannot convert '" + Shape(thin).to_string() +
                     "' to a shape. Dimensions must be positive. Received: rank=" + std::to_string(rank));
  }
  const auto make = [&](const char* which, const Shape& shape, const Initializer& initializer) {
    return add_weight(std::string("lora_") + kernel_name() + which, shape,
                      {.initializer = initializer, .regularizer = kernel_regularizer(), .dtype = DType::float32});
  };
  lora_a_ = make("_a", Shape(thin), options.a_initializer);
  lora_b_ = make("_b", {rank, last}, options.b_initializer);
  kernel->set_trainable(false);
  ++restructured_layers();
  lora_rank_ = rank;
  lora_alpha_ = alpha ? *alpha : Config(rank);
}

Tensor LoraLayer::adapted_kernel() const {
  const Tensor kernel = kernel_weight().variable;
  if (!lora_enabled()) return kernel;
  return ops::cast(kernel + ops::cast(lora_delta(), kernel.dtype()), compute_dtype());
}

double LoraLayer::lora_scale() const { return lora_alpha_->as_double() / static_cast<double>(*lora_rank_); }

Tensor LoraLayer::lora_delta() const { return ops::tensordot(lora_a_, lora_b_) * lora_scale(); }

const Layer::Weight& LoraLayer::kernel_weight() const {
  const auto variable = std::dynamic_pointer_cast<VariableNode>(find_edge(kernel_name()));
  return *std::ranges::find(own_weights(), variable, &Weight::variable);
}

std::vector<Variable> LoraLayer::weights() const {
  if (!lora_enabled()) return Layer::weights();
  std::vector<Variable> all;
  for (const auto& weight : own_weights()) all.push_back(weight.variable);
  // A kernel of integers never was trained.
  const auto trained = [&](const Variable& v) {
    return v->trainable() || (v == kernel_weight().variable && is_floating(v->dtype()));
  };
  std::stable_partition(all.begin(), all.end(), trained);
  return all;
}

std::vector<Variable> LoraLayer::stored_variables() const {
  std::vector<Variable> stored, others;
  const auto bias = std::dynamic_pointer_cast<VariableNode>(find_edge("bias"));
  for (const auto& [variable, regularizer, constraint] : own_weights()) {
    if (variable == lora_a_ || variable == lora_b_) continue;
    (variable == bias || variable == kernel_weight().variable ? stored : others).push_back(variable);
  }
  if (stored.size() == 2 && stored[0] == bias) std::swap(stored[0], stored[1]);
  stored.insert(stored.end(), others.begin(), others.end());
  return stored;
}

Tensor LoraLayer::stored_value(const Variable& variable) const {
  return lora_enabled() && variable == kernel_weight().variable ? adapted_kernel() : variable->value();
}

std::vector<Variable> LoraLayer::lora_variables() const {
  if (!lora_enabled()) return {};
  return {lora_a_, lora_b_};
}

}  // namespace hornbeam
