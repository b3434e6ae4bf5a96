// RMSprop, with or without momentum, centered or not.
#include "graph/variables.h"
#include "hornbeam/ops.hpp"
#include "keras/optimizers/registry.h"
#include "keras/optimizers/sparse.h"

namespace hornbeam {
namespace {

class RmspropObject final : public OptimizerObject {
 public:
  explicit RmspropObject(const optimizers::RMSpropOptions& o)
      : OptimizerObject("RMSprop", o.learning_rate, o.common()), o_(o) {
    const bool legacy = generation() == OptimizerGeneration::legacy;  // newer ones take any
    if (legacy && (o.momentum < 0 || o.momentum > 1)) throw ValueError("`momentum` must be between [0, 1].");
  }

 protected:
  bool legacy() const { return generation() == OptimizerGeneration::legacy; }

  std::vector<std::vector<SlotName>> slot_groups() const override {
    std::vector<std::vector<SlotName>> groups{{{"rms", "velocity", "velocity"}}};
    if (o_.momentum > 0) groups.push_back({{"momentum", "momentum", "momentum"}});
    if (o_.centered) groups.push_back({{"mg", "average_gradient", "average_gradient"}});
    return groups;
  }

  std::vector<std::pair<std::string, double*>> hypers() override {
    return {{"momentum", &o_.momentum}, {"rho", &o_.rho}};
  }
  std::vector<std::pair<std::string, std::string>> slot_lists() const override {
    return {{"_velocities", "velocity"}, {"_momentums", "momentum"}, {"_average_gradients", "average_gradient"}};
  }

  void update(const Tensor& gradient, const Variable& variable, const std::vector<Variable>& slots,
              const Scalars& scalars) const override {
    const auto dtype = variable->dtype();
    const auto& lr = scalars.at("lr");
    const auto epsilon = ops::scalar(dtype, o_.epsilon);
    if (legacy() && o_.momentum > 0) {
      if (const auto picked = picked_rows(gradient, variable->shape()); picked.defined()) {
        return update_rows(picked, gradient, variable, slots, lr);
      }
      // TensorFlow's order: var, mg, ms, mom.
      const auto& ms = slots[0];
      const auto& mom = slots[1];
      const auto resources = o_.centered ? std::vector{variable, slots[2], ms, mom} : std::vector{variable, ms, mom};
      const Tensor inputs[] = {lr, setting(o_.rho, dtype), setting(o_.momentum, dtype), epsilon, gradient};
      graph::update_variables(o_.centered ? "ResourceApplyCenteredRMSProp" : "ResourceApplyRMSProp", resources, inputs);
      return;
    }
    if (generation() == OptimizerGeneration::keras3) {
      if (const auto squares = picked_squares(gradient, variable->shape()); squares.defined()) {
        return update_picked(gradient, squares, variable, slots, lr);
      }
    }
    std::vector<Variable> resources{variable};
    resources.insert(resources.end(), slots.begin(), slots.end());
    const auto rho = rounded_number(o_.rho, legacy());
    const Tensor inputs[] = {
        lr, ops::scalar(dtype, rho), ops::scalar(dtype, 1.0 - rho), ops::scalar(dtype, o_.momentum), epsilon, gradient};
    const bool momentum = o_.momentum > 0;
    const char* op = o_.centered ? (momentum ? "_ApplyCenteredMomentumRMSProp" : "_ApplyCenteredRMSProp")
                                 : (momentum ? "_ApplyMomentumRMSProp" : "_ApplyRMSProp");
    graph::update_variables(op, resources, inputs, {{"epsilon_outside", legacy()}});
  }

  // ResourceSparseApplyRMSProp and ResourceSparseApplyCenteredRMSProp.
  void update_rows(const Tensor& picked, const Tensor& gradient, const Variable& variable,
                   const std::vector<Variable>& slots, const Tensor& lr) const {
    const auto rho = setting(o_.rho, variable->dtype());
    const auto rest = 1.0 - rho;
    const auto keep = [&](const Variable& slot, const Tensor& next) {
      graph::assign(slot, ops::where(picked, next, ops::read(slot)));
    };
    const auto ms = ops::read(slots[0]) * rho + ops::square(gradient) * rest;
    auto denominator = ms + o_.epsilon;
    if (o_.centered) {
      const auto mg = ops::read(slots[2]) * rho + gradient * rest;
      denominator = ms - ops::square(mg) + o_.epsilon;
      keep(slots[2], mg);
    }
    const auto momentum = setting(o_.momentum, variable->dtype());
    const auto mom = ops::read(slots[1]) * momentum + gradient * lr / ops::sqrt(denominator);
    keep(slots[0], ms);
    keep(slots[1], mom);
    keep(variable, ops::read(variable) - mom);
  }

  // What _ApplyRMSProp and its kin do, with the squares given.
  void update_picked(const Tensor& gradient, const Tensor& squares, const Variable& variable,
                     const std::vector<Variable>& slots, const Tensor& lr) const {
    const auto ms = o_.rho * ops::read(slots[0]) + (1.0 - o_.rho) * squares;
    graph::assign(slots[0], ms);
    auto denominator = ms + o_.epsilon;
    if (o_.centered) {
      const auto& slot = slots.back();
      const auto mg = o_.rho * ops::read(slot) + (1.0 - o_.rho) * gradient;
      graph::assign(slot, mg);
      denominator = ms - ops::square(mg) + o_.epsilon;
    }
    auto step = lr * gradient / ops::sqrt(denominator);
    if (o_.momentum > 0) {
      step = o_.momentum * ops::read(slots[1]) + step;
      graph::assign(slots[1], step);
    }
    graph::assign(variable, ops::read(variable) - step);
  }

  void add_settings(Config& config, OptimizerGeneration, bool rounded) const override {
    const auto number = [rounded](double v) { return rounded_number(v, rounded); };
    config.set("rho", number(o_.rho))
        .set("momentum", number(o_.momentum))
        .set("epsilon", o_.epsilon)
        .set("centered", o_.centered);
  }

  void check_same_arithmetic(OptimizerGeneration other) const override {
    if ((other == OptimizerGeneration::legacy) != legacy() && o_.momentum == 0) {
      refuse_other_epsilon("RMSprop without momentum", other);
    }
  }

  // 2.11 to 2.15 have this default for RMSprop alone.
  std::int64_t default_ema_overwrite_frequency() const override {
    return generation() == OptimizerGeneration::modern ? 100 : 0;
  }

  // Before 2.0 the count of iterations was not saved.
  std::vector<Tensor> adapt(std::vector<Tensor> values) const override {
    return with_iterations(std::move(values), *this);
  }

 private:
  optimizers::RMSpropOptions o_;
};

OptimizerPointer make_rmsprop(ObjectArguments& a, const OptimizerOptions& common) {
  auto o = with_common(optimizers::RMSpropOptions{}, common);
  o.learning_rate = learning_rate_from(a, o.learning_rate);
  o.rho = a.number("rho", o.rho);
  o.momentum = a.number("momentum", o.momentum);
  o.epsilon = epsilon_from(a, o.epsilon);
  o.centered = flag_from(a, "centered", o.centered);
  return std::make_shared<RmspropObject>(o);
}

}  // namespace

Optimizer optimizers::RMSprop(const RMSpropOptions& options) { return std::make_shared<RmspropObject>(options); }

}  // namespace hornbeam

HB_REGISTER(optimizer_rmsprop) { hornbeam::register_optimizer("RMSprop", hornbeam::make_rmsprop); }
