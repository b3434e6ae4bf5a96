// ScheduleFreeAdamW: trains one sequence, averages it, and blends the two into the variables.
#include "hornbeam/optimizers/schedule_free_adamw.hpp"

#include "graph/tracer.h"
#include "graph/variables.h"
#include "hornbeam/ops.hpp"
#include "keras/optimizers/registry.h"
#include "keras/optimizers/sparse.h"

namespace hornbeam {
namespace {

class ScheduleFreeAdamWObject final : public OptimizerObject {
 public:
  explicit ScheduleFreeAdamWObject(const optimizers::ScheduleFreeAdamWOptions& o)
      : OptimizerObject("ScheduleFreeAdamW", o.learning_rate, o.common()), o_(o) {
    exists_since(OptimizerGeneration::keras3);
  }

  void build(const std::vector<Variable>& variables) override {
    built_in_trace_ = graph::is_tracing();
    OptimizerObject::build(variables);
  }

 protected:
  std::vector<std::vector<SlotName>> slot_groups() const override {
    return {{{"z", "z", "momentum"}, {"v", "v", "velocity"}}};
  }
  SlotStart slot_start(const Variable& variable, const SlotName& slot) const override {
    // Built within the first step of a model, Keras copies the weights in a trace that is not run.
    if (slot.legacy == std::string_view("z") && !built_in_trace_) return {variable->value()};
    return OptimizerObject::slot_start(variable, slot);
  }

  void prepare(Scalars& scalars, DType dtype) const override {
    const auto step = scalars.at("step");
    const auto beta_2 = setting(o_.beta_2, dtype);
    scalars["beta2_rest"] = 1.0 - beta_2;
    scalars["correction"] = 1.0 - ops::pow(beta_2, step);
    scalars["weight"] = 1.0 / step;
    if (o_.warmup_steps > 0) {
      const auto factor = ops::minimum(step / ops::scalar(dtype, static_cast<double>(o_.warmup_steps)), 1.0);
      scalars["lr"] = scalars.at("lr") * factor;
    }
  }

  void update(const Tensor& gradient, const Variable& variable, const std::vector<Variable>& slots,
              const Scalars& scalars) const override {
    const auto dtype = variable->dtype();
    const auto beta_1 = setting(o_.beta_1, dtype), rest = 1.0 - beta_1;
    const auto old_z = ops::read(slots[0]), old_v = ops::read(slots[1]), now = ops::read(variable);
    const auto v = old_v + (squared(gradient, variable->shape()) - old_v) * scalars.at("beta2_rest");
    const auto root = ops::sqrt(v / scalars.at("correction")) + setting(o_.epsilon, dtype);
    const auto z = old_z - scalars.at("lr") * gradient / root;
    const auto& weight = scalars.at("weight");
    // Keras on TensorFlow means the old sequence here, but reads the variable once it has changed.
    const auto average = (1.0 - weight) * ((now - rest * z) / beta_1) + weight * z;
    graph::assign(slots[0], z);
    graph::assign(slots[1], v);
    graph::assign(variable, rest * z + beta_1 * average);
  }

  void add_settings(Config& config, OptimizerGeneration, bool) const override {
    config.set("beta_1", o_.beta_1)
        .set("beta_2", o_.beta_2)
        .set("epsilon", o_.epsilon)
        .set("warmup_steps", o_.warmup_steps);
  }

 private:
  optimizers::ScheduleFreeAdamWOptions o_;
  bool built_in_trace_ = false;
};

OptimizerPointer make_schedule_free_adamw(ObjectArguments& a, const OptimizerOptions& common) {
  auto o = with_common(optimizers::ScheduleFreeAdamWOptions{}, common);
  o.learning_rate = learning_rate_from(a, o.learning_rate);
  o.beta_1 = a.number("beta_1", o.beta_1);
  o.beta_2 = a.number("beta_2", o.beta_2);
  o.epsilon = a.number("epsilon", o.epsilon);
  o.warmup_steps = a.integer("warmup_steps", o.warmup_steps);
  return std::make_shared<ScheduleFreeAdamWObject>(o);
}

}  // namespace

Optimizer optimizers::ScheduleFreeAdamW(const ScheduleFreeAdamWOptions& options) {
  return std::make_shared<ScheduleFreeAdamWObject>(options);
}

}  // namespace hornbeam

HB_REGISTER(optimizer_schedule_free_adamw) {
  hornbeam::register_optimizer("ScheduleFreeAdamW", hornbeam::make_schedule_free_adamw);
}
