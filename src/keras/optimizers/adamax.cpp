// Adamax.
#include "graph/variables.h"
#include "hornbeam/ops.hpp"
#include "keras/optimizers/registry.h"
#include "keras/optimizers/sparse.h"

namespace hornbeam {
namespace {

class AdamaxObject final : public OptimizerObject {
 public:
  explicit AdamaxObject(const optimizers::AdamaxOptions& o)
      : OptimizerObject("Adamax", o.learning_rate, o.common()), o_(o) {}

 protected:
  bool legacy() const { return generation() == OptimizerGeneration::legacy; }

  std::vector<std::vector<SlotName>> slot_groups() const override {
    const SlotName m{"m", "m", "momentum"}, norm{"v", "u", "norm"};
    if (legacy()) return {{m}, {norm}};
    return {{m, norm}};
  }
  std::vector<std::pair<std::string, double*>> hypers() override {
    return {{"beta_1", &o_.beta_1}, {"beta_2", &o_.beta_2}};
  }
  std::vector<std::pair<std::string, std::string>> slot_lists() const override { return {{"_m", "m"}, {"_u", "u"}}; }

  void prepare(Scalars& scalars, DType dtype) const override {
    scalars["beta1_power"] = ops::pow(setting(o_.beta_1, dtype), scalars.at("step"));
  }

  void update(const Tensor& gradient, const Variable& variable, const std::vector<Variable>& slots,
              const Scalars& scalars) const override {
    Tensor picked, magnitudes = ops::abs(gradient);
    if (legacy()) picked = picked_rows(gradient, variable->shape());
    if (generation() == OptimizerGeneration::keras3) {
      if (const auto sums = picked_magnitudes(gradient, variable->shape()); sums.defined()) magnitudes = sums;
    }
    const auto beta_1 = rounded_number(o_.beta_1, legacy()), beta_2 = rounded_number(o_.beta_2, legacy());
    const auto old_m = ops::read(slots[0]);
    const auto m = old_m + (gradient - old_m) * (1.0 - beta_1);
    const auto norm = ops::maximum(ops::read(slots[1]) * beta_2, magnitudes);
    assign_rows(picked, slots[0], m);
    assign_rows(picked, slots[1], norm);
    const auto& lr = scalars.at("lr");
    const auto rest = 1.0 - scalars.at("beta1_power");
    const auto step = legacy() ? lr / rest * (m / (norm + o_.epsilon)) : lr * m / (rest * (norm + o_.epsilon));
    assign_rows(picked, variable, ops::read(variable) - step);
  }

  void add_settings(Config& config, OptimizerGeneration, bool rounded) const override {
    config.set("beta_1", rounded_number(o_.beta_1, rounded))
        .set("beta_2", rounded_number(o_.beta_2, rounded))
        .set("epsilon", o_.epsilon);
  }

 private:
  optimizers::AdamaxOptions o_;
};

OptimizerPointer make_adamax(ObjectArguments& a, const OptimizerOptions& common) {
  auto o = with_common(optimizers::AdamaxOptions{}, common);
  o.learning_rate = learning_rate_from(a, o.learning_rate);
  o.beta_1 = a.number("beta_1", o.beta_1);
  o.beta_2 = a.number("beta_2", o.beta_2);
  o.epsilon = epsilon_from(a, o.epsilon);
  return std::make_shared<AdamaxObject>(o);
}

}  // namespace

Optimizer optimizers::Adamax(const AdamaxOptions& options) { return std::make_shared<AdamaxObject>(options); }

}  // namespace hornbeam

HB_REGISTER(optimizer_adamax) { hornbeam::register_optimizer("Adamax", hornbeam::make_adamax); }
