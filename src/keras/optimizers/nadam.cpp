// Nadam.
#include <cmath>

#include "graph/tracer.h"
#include "graph/variables.h"
#include "hornbeam/ops.hpp"
#include "keras/optimizers/registry.h"
#include "keras/optimizers/sparse.h"
#include "keras/optimizers/traced_twice.h"

namespace hornbeam {
namespace {

// How the momentum grows to beta_1: of step n (from 1) it is beta_1 * (1 - kBase ** (n * speed) / 2).
constexpr double kBase = 0.96;
// When it has grown to beta_1 as far as numbers tell, at speed 1.
constexpr std::int64_t kGrown = 2000;

class NadamObject final : public OptimizerObject {
 public:
  explicit NadamObject(const optimizers::NadamOptions& o)
      : OptimizerObject("Nadam", o.learning_rate, with_decay(o)), o_(o) {
    if (legacy() && learning_rate_schedule()) {
      throw ValueError(
          "The Nadam optimizer does not support tf.keras.optimizers.LearningRateSchedules as the learning rate.");
    }
  }

  void build(const std::vector<Variable>& variables) override {
    if (!built() && !traced_twice_) traced_twice_ = graph::is_tracing();
    OptimizerObject::build(variables);
  }
  void set_traced_twice(bool twice) { traced_twice_ = twice; }

 protected:
  bool legacy() const { return generation() == OptimizerGeneration::legacy; }
  bool modern() const { return generation() == OptimizerGeneration::modern; }

  std::vector<std::vector<SlotName>> slot_groups() const override {
    const SlotName m{"m", "m", "momentum"}, v{"v", "v", "velocity"};
    if (legacy()) return {{m}, {v}};
    return {{m, v}};
  }
  // The product of all momenta.
  std::optional<SharedSlot> shared_slot() const override {
    return SharedSlot{{"momentum_cache", "Variable", "variable", 1.0}, {"momentum_cache", "_u_product", "_u_product"}};
  }
  std::vector<std::pair<std::string, double*>> hypers() override {
    return {{"beta_1", &o_.beta_1}, {"beta_2", &o_.beta_2}};
  }
  bool decay_is_of_rate() const override { return false; }
  std::vector<std::pair<std::string, std::string>> slot_lists() const override {
    return {{"_momentums", "m"}, {"_velocities", "v"}};
  }

  void state_assigned(bool with_shared) override {
    // What trained before is taken to have been compiled and trained, not to have been loaded.
    if (iterations()->value().item<std::int64_t>() > 0) traced_twice_ = true;
    product_restored_ = !with_shared && shared();
    if (product_restored_) shared()->assign(ops::scalar(shared()->dtype(), product_of_steps(true)));
  }

  void begin_step() override {
    // What trained before is taken to have trained as this does.
    if (product_restored_ && steps_eagerly()) {
      shared()->assign(ops::scalar(shared()->dtype(), product_of_steps(false)));
    }
    product_restored_ = false;
    // Keras divides by zero when there is one variable alone: it takes the product that nothing has multiplied.
    const auto count = static_cast<std::int64_t>(variable_count());
    updates_ = traced_twice_.value_or(false) && !steps_eagerly() && count > 1 ? count : 0;
    product_made_ = false;
  }

  void prepare(Scalars& scalars, DType dtype) const override {
    const auto& step = scalars.at("step");
    const auto speed = legacy() ? o_.schedule_decay : 1.0;
    const auto beta_1 = setting(o_.beta_1, dtype);
    const auto momentum_of = [&](const Tensor& n) {
      return beta_1 * (1.0 - 0.5 * ops::pow(setting(kBase, dtype), speed * n));
    };
    scalars["momentum"] = momentum_of(step);
    scalars["next_momentum"] = momentum_of(step + 1.0);
    scalars["beta2_power"] = ops::pow(setting(o_.beta_2, dtype), step);
    if (modern() || product_made_) return;
    product_made_ = true;
    const auto kept = shared()->dtype();
    auto momentum = ops::cast(scalars.at("momentum"), kept);
    if (!legacy()) {
      // Keras 3 does not round it to float32 here.
      momentum = o_.beta_1 * (1.0 - 0.5 * ops::pow(ops::scalar(kept, kBase), ops::cast(step, kept)));
    }
    graph::assign(shared(), ops::read(shared()) * momentum);
  }

  void update(const Tensor& gradient, const Variable& variable, const std::vector<Variable>& slots,
              const Scalars& scalars) const override {
    const auto dtype = variable->dtype();
    Tensor picked, squares = ops::square(gradient);
    if (legacy()) picked = picked_rows(gradient, variable->shape());
    if (generation() == OptimizerGeneration::keras3) squares = squared(gradient, variable->shape());
    const auto &momentum = scalars.at("momentum"), &next_momentum = scalars.at("next_momentum");
    const auto product = ops::cast(modern() ? product_for(scalars) : ops::read(shared()), dtype);
    const auto beta_1 = setting(o_.beta_1, dtype), beta_2 = setting(o_.beta_2, dtype);
    const auto old_m = ops::read(slots[0]), old_v = ops::read(slots[1]);
    const auto m = legacy() ? beta_1 * old_m + (1.0 - beta_1) * gradient : old_m + (gradient - old_m) * (1.0 - beta_1);
    const auto v = legacy() ? beta_2 * old_v + (1.0 - beta_2) * squares : old_v + (squares - old_v) * (1.0 - beta_2);
    graph::assign(slots[0], m);
    graph::assign(slots[1], v);
    const auto m_hat =
        next_momentum * m / (1.0 - product * next_momentum) + (1.0 - momentum) * gradient / (1.0 - product);
    const auto v_hat = v / (1.0 - scalars.at("beta2_power"));
    assign_rows(picked, variable, ops::read(variable) - m_hat * scalars.at("lr") / (ops::sqrt(v_hat) + o_.epsilon));
  }

  void add_settings(Config& config, OptimizerGeneration, bool rounded) const override {
    config.set("beta_1", rounded_number(o_.beta_1, rounded))
        .set("beta_2", rounded_number(o_.beta_2, rounded))
        .set("epsilon", o_.epsilon);
  }

  void check_same_arithmetic(OptimizerGeneration other) const override {
    if (other == generation()) return;
    throw ValueError(std::string("Nadam computes something else in ") + name_of(other) +
                     " optimizers (how its momentum grows, or how often a step counts it): its state cannot be "
                     "converted; save for another target, one of the optimizer's own generation, or without the "
                     "optimizer.");
  }

 private:
  static OptimizerOptions with_decay(const optimizers::NadamOptions& o) {
    auto common = o.common();
    common.decay = o.schedule_decay;
    return common;
  }

  // What a variable's update takes for the product. 2.11 to 2.15 multiply it once for all variables when they run
  // eagerly. In a traced step they count updates when they trace it: there all multiply it once more, but the one whose
  // number is that of the step plus one. A step that is traced twice has the second trace's numbers, which go on from
  // the first's.
  Tensor product_for(const Scalars& scalars) const {
    const auto product = ops::read(shared());
    const auto more = product * ops::cast(scalars.at("momentum"), shared()->dtype());
    ++updates_;
    auto next = more;
    if (steps_eagerly()) {
      if (updates_ > 1) return product;
    } else if (updates_ > 1) {
      next = ops::where(ops::equal(scalars.at("step") + 1.0, static_cast<double>(updates_)), product, more);
    }
    graph::assign(shared(), next);
    return next;
  }

  // What 2.11 to 2.15 make of the product in the steps that were made; `traced`: in traced ones.
  double product_of_steps(bool traced) const {
    const auto count = traced ? static_cast<std::int64_t>(variable_count()) : 1;
    const auto steps = iterations()->value().item<std::int64_t>();
    const auto beta_1 = rounded_number(o_.beta_1, true), base = rounded_number(kBase, true);
    double product = 1.0;
    for (std::int64_t step = 1; step <= std::min(steps, kGrown); ++step) {
      const auto momentum = beta_1 * (1.0 - 0.5 * std::pow(base, static_cast<double>(step)));
      const bool spared = traced && count > 1 && count <= step && step < 2 * count;  // those of a second trace
      product *= std::pow(momentum, static_cast<double>(count - (spared ? 1 : 0)));
    }
    const auto rest = static_cast<double>(std::max<std::int64_t>(steps - kGrown, 0));
    return product * std::pow(beta_1, rest * static_cast<double>(count));
  }

  optimizers::NadamOptions o_;
  std::optional<bool> traced_twice_;
  bool product_restored_ = false;
  mutable bool product_made_ = false;
  mutable std::int64_t updates_ = 0;
};

OptimizerPointer make_nadam(ObjectArguments& a, const OptimizerOptions& common) {
  auto o = with_common(optimizers::NadamOptions{}, common);
  o.learning_rate = learning_rate_from(a, o.learning_rate);
  o.beta_1 = a.number("beta_1", o.beta_1);
  o.beta_2 = a.number("beta_2", o.beta_2);
  o.epsilon = epsilon_from(a, o.epsilon);
  o.schedule_decay = a.number("schedule_decay", o.schedule_decay);
  return std::make_shared<NadamObject>(o);
}

}  // namespace

void set_traced_twice(const Optimizer& optimizer, bool twice) {
  const auto scaled = as_loss_scale(optimizer);
  for (const auto& one : with_learning_rates(scaled ? scaled->inner_optimizer() : optimizer)) {
    if (auto* nadam = dynamic_cast<NadamObject*>(&*one)) nadam->set_traced_twice(twice);
  }
}

Optimizer optimizers::Nadam(const NadamOptions& options) { return std::make_shared<NadamObject>(options); }

}  // namespace hornbeam

HB_REGISTER(optimizer_nadam) { hornbeam::register_optimizer("Nadam", hornbeam::make_nadam); }
