// Lion.
#include "graph/variables.h"
#include "hornbeam/ops.hpp"
#include "keras/optimizers/registry.h"
#include "keras/optimizers/sparse.h"

namespace hornbeam {
namespace {

class LionObject final : public OptimizerObject {
 public:
  explicit LionObject(const optimizers::LionOptions& o)
      : OptimizerObject("Lion", o.learning_rate.value_or(default_rate(generation_for(current_target()))), o.common()),
        o_(o) {
    // Also of NaN.
    if (!(o.beta_1 > 0 && o.beta_1 <= 1)) {
      throw ValueError(
          "Argument `beta_1` must be in the [0, 1] range. Otherwise, the optimizer degenerates to SignSGD. Received: "
          "beta_1=" +
          Config(o.beta_1).dump() + ".");
    }
    exists_since(OptimizerGeneration::modern);
    LionObject::generation_changed();
  }

 protected:
  static double default_rate(OptimizerGeneration generation) {
    return generation == OptimizerGeneration::keras3 ? 0.001 : 0.0001;
  }
  void generation_changed() override {
    if (!o_.learning_rate) set_learning_rate(default_rate(generation()));
  }

  std::vector<std::vector<SlotName>> slot_groups() const override { return {{{"m", "m", "momentum"}}}; }
  std::vector<std::pair<std::string, std::string>> slot_lists() const override {
    return {{generation() == OptimizerGeneration::keras3 ? "_momentums" : "momentums", "m"}};
  }

  void update(const Tensor& gradient, const Variable& variable, const std::vector<Variable>& slots,
              const Scalars& scalars) const override {
    const auto beta_1 = setting(o_.beta_1, variable->dtype()), beta_2 = setting(o_.beta_2, variable->dtype());
    const auto m = ops::read(slots[0]);
    const auto direction = ops::sign(m * beta_1 + gradient * (1.0 - beta_1));
    graph::assign(variable, ops::read(variable) - scalars.at("lr") * direction);
    graph::assign(slots[0], m * beta_2 + gradient * (1.0 - beta_2));
  }

  void add_settings(Config& config, OptimizerGeneration, bool) const override {
    config.set("beta_1", o_.beta_1).set("beta_2", o_.beta_2);
  }

 private:
  optimizers::LionOptions o_;
};

OptimizerPointer make_lion(ObjectArguments& a, const OptimizerOptions& common) {
  auto o = with_common(optimizers::LionOptions{}, common);
  if (a.has("learning_rate") || a.has("lr")) o.learning_rate = learning_rate_from(a, 0.0001);
  o.beta_1 = a.number("beta_1", o.beta_1);
  o.beta_2 = a.number("beta_2", o.beta_2);
  return std::make_shared<LionObject>(o);
}

}  // namespace

Optimizer optimizers::Lion(const LionOptions& options) { return std::make_shared<LionObject>(options); }

}  // namespace hornbeam

HB_REGISTER(optimizer_lion) { hornbeam::register_optimizer("Lion", hornbeam::make_lion); }
