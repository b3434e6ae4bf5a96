// Stochastic gradient descent, with or without momentum.
#include "graph/variables.h"
#include "hornbeam/ops.hpp"
#include "keras/optimizers/registry.h"
#include "keras/optimizers/sparse.h"

namespace hornbeam {
namespace {

class SgdObject final : public OptimizerObject {
 public:
  explicit SgdObject(const optimizers::SGDOptions& o) : OptimizerObject("SGD", o.learning_rate, o.common()), o_(o) {
    if (o.momentum >= 0 && o.momentum <= 1) return;
    const bool keras3 = generation() == OptimizerGeneration::keras3;
    throw ValueError("`momentum` must be " + std::string(keras3 ? "a float " : "") + "between [0, 1].");
  }

 protected:
  // 2.11 to 2.15 keep the last step even when nothing is made of it.
  bool has_momentum() const { return o_.momentum != 0 || generation() == OptimizerGeneration::modern; }

  std::vector<std::vector<SlotName>> slot_groups() const override {
    if (!has_momentum()) return {};
    return {{{"momentum", "m", "momentum"}}};
  }

  std::vector<std::pair<std::string, double*>> hypers() override { return {{"momentum", &o_.momentum}}; }
  std::vector<std::pair<std::string, std::string>> slot_lists() const override { return {{"momentums", "m"}}; }

  void update(const Tensor& gradient, const Variable& variable, const std::vector<Variable>& slots,
              const Scalars& scalars) const override {
    const auto& lr = scalars.at("lr");
    if (!has_momentum()) {
      const Tensor inputs[] = {lr, gradient};
      graph::update_variables("ResourceApplyGradientDescent", std::span(&variable, 1), inputs);
      return;
    }
    if (generation() == OptimizerGeneration::legacy) {
      if (const auto picked = picked_rows(gradient, variable->shape()); picked.defined()) {
        return update_rows(picked, gradient, variable, slots[0], lr);
      }
    }
    const Variable resources[] = {variable, slots[0]};
    const Tensor inputs[] = {lr, gradient, setting(o_.momentum, variable->dtype())};
    graph::update_variables("ResourceApplyKerasMomentum", resources, inputs, {{"use_nesterov", o_.nesterov}});
  }

  // ResourceSparseApplyKerasMomentum.
  void update_rows(const Tensor& picked, const Tensor& gradient, const Variable& variable, const Variable& slot,
                   const Tensor& lr) const {
    const auto momentum = setting(o_.momentum, variable->dtype());
    const auto now = ops::read(variable), accum = ops::read(slot);
    const auto step = gradient * lr, next = accum * momentum - step;
    graph::assign(slot, ops::where(picked, next, accum));
    graph::assign(variable, ops::where(picked, now + (o_.nesterov ? next * momentum - step : next), now));
  }

  void add_settings(Config& config, OptimizerGeneration, bool rounded) const override {
    config.set("momentum", rounded ? static_cast<double>(static_cast<float>(o_.momentum)) : o_.momentum)
        .set("nesterov", o_.nesterov);
  }

 private:
  optimizers::SGDOptions o_;
};

OptimizerPointer make_sgd(ObjectArguments& a, const OptimizerOptions& common) {
  auto o = with_common(optimizers::SGDOptions{}, common);
  o.learning_rate = learning_rate_from(a, o.learning_rate);
  o.momentum = a.number("momentum", o.momentum);
  o.nesterov = flag_from(a, "nesterov", o.nesterov);
  return std::make_shared<SgdObject>(o);
}

}  // namespace

Optimizer optimizers::SGD(const SGDOptions& options) { return std::make_shared<SgdObject>(options); }

}  // namespace hornbeam

HB_REGISTER(optimizer_sgd) { hornbeam::register_optimizer("SGD", hornbeam::make_sgd); }
