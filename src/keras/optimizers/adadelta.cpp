// Adadelta.
#include "graph/variables.h"
#include "hornbeam/ops.hpp"
#include "keras/optimizers/registry.h"
#include "keras/optimizers/sparse.h"

namespace hornbeam {
namespace {

class AdadeltaObject final : public OptimizerObject {
 public:
  explicit AdadeltaObject(const optimizers::AdadeltaOptions& o)
      : OptimizerObject("Adadelta", o.learning_rate, o.common()), o_(o) {}

 protected:
  std::vector<std::vector<SlotName>> slot_groups() const override {
    const SlotName gradients{"accum_grad", "accumulated_grad", "accumulated_grad"};
    const SlotName steps{"accum_var", "accumulated_delta_var", "accumulated_delta_var"};
    if (generation() == OptimizerGeneration::legacy) return {{gradients}, {steps}};
    return {{gradients, steps}};
  }
  std::vector<std::pair<std::string, double*>> hypers() override { return {{"rho", &o_.rho}}; }
  std::vector<std::pair<std::string, std::string>> slot_lists() const override {
    return {{"_accumulated_grads", "accumulated_grad"}, {"_accumulated_delta_vars", "accumulated_delta_var"}};
  }

  void update(const Tensor& gradient, const Variable& variable, const std::vector<Variable>& slots,
              const Scalars& scalars) const override {
    Tensor picked, squares = ops::square(gradient);
    const bool legacy = generation() == OptimizerGeneration::legacy;
    if (legacy) picked = picked_rows(gradient, variable->shape());
    if (generation() == OptimizerGeneration::keras3) squares = squared(gradient, variable->shape());
    const auto rho = rounded_number(o_.rho, legacy);
    const auto root = [this](const Tensor& x) { return ops::sqrt(x + o_.epsilon); };
    const auto steps = ops::read(slots[1]);
    const auto gradients = rho * ops::read(slots[0]) + (1.0 - rho) * squares;
    const auto factor = root(steps) / root(gradients);
    assign_rows(picked, slots[0], gradients);
    assign_rows(picked, slots[1], rho * steps + (1.0 - rho) * (ops::square(factor) * squares));
    assign_rows(picked, variable, ops::read(variable) - scalars.at("lr") * (factor * gradient));
  }

  void add_settings(Config& config, OptimizerGeneration, bool rounded) const override {
    config.set("rho", rounded_number(o_.rho, rounded)).set("epsilon", o_.epsilon);
  }

  std::vector<Tensor> adapt(std::vector<Tensor> values) const override {
    return with_iterations(std::move(values), *this);
  }

 private:
  optimizers::AdadeltaOptions o_;
};

OptimizerPointer make_adadelta(ObjectArguments& a, const OptimizerOptions& common) {
  auto o = with_common(optimizers::AdadeltaOptions{}, common);
  o.learning_rate = learning_rate_from(a, o.learning_rate);
  o.rho = a.number("rho", o.rho);
  o.epsilon = epsilon_from(a, o.epsilon);
  return std::make_shared<AdadeltaObject>(o);
}

}  // namespace

Optimizer optimizers::Adadelta(const AdadeltaOptions& options) { return std::make_shared<AdadeltaObject>(options); }

}  // namespace hornbeam

HB_REGISTER(optimizer_adadelta) { hornbeam::register_optimizer("Adadelta", hornbeam::make_adadelta); }
