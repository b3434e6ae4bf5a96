// Lamb: Adam's step, made as long as the variable is, times the learning rate.
#include "hornbeam/optimizers/lamb.hpp"

#include "graph/variables.h"
#include "hornbeam/ops.hpp"
#include "keras/optimizers/moments.h"
#include "keras/optimizers/registry.h"

namespace hornbeam {
namespace {

Tensor length_of(const Tensor& x) { return ops::sqrt(ops::reduce_sum(ops::square(x))); }

class LambObject final : public OptimizerObject {
 public:
  explicit LambObject(const optimizers::LambOptions& o) : OptimizerObject("Lamb", o.learning_rate, o.common()), o_(o) {
    exists_since(OptimizerGeneration::keras3);
  }

 protected:
  std::vector<std::vector<SlotName>> slot_groups() const override {
    return {{{"m", "m", "momentum"}, {"v", "v", "velocity"}}};
  }

  void prepare(Scalars& scalars, DType dtype) const override {
    const auto step = scalars.at("step");
    scalars["rest1"] = 1.0 - ops::pow(setting(o_.beta_1, dtype), step);
    scalars["rest2"] = 1.0 - ops::pow(setting(o_.beta_2, dtype), step);
  }

  void update(const Tensor& gradient, const Variable& variable, const std::vector<Variable>& slots,
              const Scalars& scalars) const override {
    const auto next = assign_moments(gradient, variable->shape(), slots[0], slots[1], o_.beta_1, o_.beta_2);
    const auto root = ops::sqrt(next.second / scalars.at("rest2")) + o_.epsilon;
    const auto step = next.first / scalars.at("rest1") / root;
    const auto now = ops::read(variable);
    const auto long_now = length_of(now), long_step = length_of(step);
    const auto both = ops::logical_and(ops::greater(long_now, 0), ops::greater(long_step, 0));
    const auto ratio = ops::where(both, long_now / long_step, ops::ones_like(long_now));
    graph::assign(variable, now - ratio * scalars.at("lr") * step);
  }

  void add_settings(Config& config, OptimizerGeneration, bool) const override {
    config.set("beta_1", o_.beta_1).set("beta_2", o_.beta_2).set("epsilon", o_.epsilon);
  }

 private:
  optimizers::LambOptions o_;
};

OptimizerPointer make_lamb(ObjectArguments& a, const OptimizerOptions& common) {
  auto o = with_common(optimizers::LambOptions{}, common);
  o.learning_rate = learning_rate_from(a, o.learning_rate);
  o.beta_1 = a.number("beta_1", o.beta_1);
  o.beta_2 = a.number("beta_2", o.beta_2);
  o.epsilon = a.number("epsilon", o.epsilon);
  return std::make_shared<LambObject>(o);
}

}  // namespace

Optimizer optimizers::Lamb(const LambOptions& options) { return std::make_shared<LambObject>(options); }

}  // namespace hornbeam

HB_REGISTER(optimizer_lamb) { hornbeam::register_optimizer("Lamb", hornbeam::make_lamb); }
