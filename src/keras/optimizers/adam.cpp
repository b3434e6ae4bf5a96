// Adam, with or without AMSGrad, and AdamW, which decays unasked.
#include "graph/variables.h"
#include "hornbeam/ops.hpp"
#include "keras/optimizers/moments.h"
#include "keras/optimizers/registry.h"
#include "keras/optimizers/sparse.h"

namespace hornbeam {
namespace {

class AdamObject final : public OptimizerObject {
 public:
  explicit AdamObject(const optimizers::AdamOptions& o) : OptimizerObject("Adam", o.learning_rate, o.common()), o_(o) {}
  explicit AdamObject(const optimizers::AdamWOptions& o)
      : OptimizerObject("AdamW", o.learning_rate, o.common()),
        o_{.beta_1 = o.beta_1, .beta_2 = o.beta_2, .epsilon = o.epsilon, .amsgrad = o.amsgrad} {
    if (!o.weight_decay) throw ValueError("Argument `weight_decay` must be a float. Received: weight_decay=None");
    exists_since(OptimizerGeneration::modern);
  }

 protected:
  std::vector<std::vector<SlotName>> slot_groups() const override {
    const SlotName m{"m", "m", "momentum"}, v{"v", "v", "velocity"}, vhat{"vhat", "vhat", "velocity_hat"};
    std::vector<std::vector<SlotName>> groups{{m, v}};
    if (generation() == OptimizerGeneration::legacy) groups = {{m}, {v}};
    if (o_.amsgrad) groups.push_back({vhat});
    return groups;
  }

  std::vector<std::pair<std::string, double*>> hypers() override {
    return {{"beta_1", &o_.beta_1}, {"beta_2", &o_.beta_2}};
  }
  std::vector<std::pair<std::string, std::string>> slot_lists() const override {
    std::vector<std::pair<std::string, std::string>> lists{{"_momentums", "m"}, {"_velocities", "v"}};
    if (o_.amsgrad) lists.emplace_back("_velocity_hats", "vhat");
    return lists;
  }

  void prepare(Scalars& scalars, DType dtype) const override {
    const auto step = scalars.at("step");
    const auto power1 = ops::pow(setting(o_.beta_1, dtype), step), power2 = ops::pow(setting(o_.beta_2, dtype), step);
    scalars["beta1_power"] = power1;
    scalars["beta2_power"] = power2;
    scalars["alpha"] = scalars.at("lr") * ops::sqrt(1.0 - power2) / (1.0 - power1);
  }

  void update(const Tensor& gradient, const Variable& variable, const std::vector<Variable>& slots,
              const Scalars& scalars) const override {
    const auto dtype = variable->dtype();
    std::vector<Variable> resources{variable};
    resources.insert(resources.end(), slots.begin(), slots.end());
    const auto epsilon = ops::scalar(dtype, o_.epsilon);
    if (generation() == OptimizerGeneration::legacy) {
      const Tensor inputs[] = {scalars.at("beta1_power"),
                               scalars.at("beta2_power"),
                               scalars.at("lr"),
                               setting(o_.beta_1, dtype),
                               setting(o_.beta_2, dtype),
                               epsilon,
                               gradient};
      graph::update_variables(o_.amsgrad ? "ResourceApplyAdamWithAmsgrad" : "ResourceApplyAdam", resources, inputs);
      return;
    }
    if (generation() == OptimizerGeneration::keras3) {
      if (picked_squares(gradient, variable->shape()).defined()) {
        return update_picked(gradient, variable, slots, scalars.at("alpha"));
      }
    }
    const Tensor inputs[] = {scalars.at("alpha"), ops::scalar(dtype, 1.0 - o_.beta_1),
                             ops::scalar(dtype, 1.0 - o_.beta_2), epsilon, gradient};
    graph::update_variables(o_.amsgrad ? "_ApplyAdamWithAmsgrad" : "_ApplyAdam", resources, inputs);
  }

  // What _ApplyAdam does, with the squares of picked rows.
  void update_picked(const Tensor& gradient, const Variable& variable, const std::vector<Variable>& slots,
                     const Tensor& alpha) const {
    const auto next = assign_moments(gradient, variable->shape(), slots[0], slots[1], o_.beta_1, o_.beta_2);
    auto top = next.second;
    if (o_.amsgrad) {
      top = ops::maximum(ops::read(slots[2]), top);
      graph::assign(slots[2], top);
    }
    graph::assign(variable, ops::read(variable) - next.first * alpha / (ops::sqrt(top) + o_.epsilon));
  }

  void add_settings(Config& config, OptimizerGeneration, bool rounded) const override {
    const auto number = [rounded](double v) { return rounded_number(v, rounded); };
    config.set("beta_1", number(o_.beta_1))
        .set("beta_2", number(o_.beta_2))
        .set("epsilon", o_.epsilon)
        .set("amsgrad", o_.amsgrad);
  }

  // Keras 1 saved a vhat for every variable, used or not.
  std::vector<Tensor> adapt(std::vector<Tensor> values) const override {
    const auto expected = variables().size();
    if (generation() == OptimizerGeneration::legacy && values.size() == 3 * ((expected - 1) / 2) + 1 &&
        values.size() > expected) {
      values.resize(expected);
    }
    return values;
  }

 private:
  optimizers::AdamOptions o_;
};

template <class Options>
OptimizerPointer make_adam_of(Options o, ObjectArguments& a) {
  o.learning_rate = learning_rate_from(a, o.learning_rate);
  o.beta_1 = a.number("beta_1", o.beta_1);
  o.beta_2 = a.number("beta_2", o.beta_2);
  o.epsilon = epsilon_from(a, o.epsilon);
  o.amsgrad = flag_from(a, "amsgrad", o.amsgrad);
  return std::make_shared<AdamObject>(o);
}

OptimizerPointer make_adam(ObjectArguments& a, const OptimizerOptions& common) {
  return make_adam_of(with_common(optimizers::AdamOptions{}, common), a);
}
OptimizerPointer make_adamw(ObjectArguments& a, const OptimizerOptions& common) {
  auto o = with_common(optimizers::AdamWOptions{}, common);
  if (!a.has("weight_decay")) o.weight_decay = optimizers::AdamWOptions{}.weight_decay;
  return make_adam_of(o, a);
}

}  // namespace

Optimizer optimizers::Adam(const AdamOptions& options) { return std::make_shared<AdamObject>(options); }
Optimizer optimizers::AdamW(const AdamWOptions& options) { return std::make_shared<AdamObject>(options); }

}  // namespace hornbeam

HB_REGISTER(optimizer_adam) {
  hornbeam::register_optimizer("Adam", hornbeam::make_adam);
  hornbeam::register_optimizer("AdamW", hornbeam::make_adamw);
}
