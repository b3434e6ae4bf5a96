// Ftrl.
#include "graph/variables.h"
#include "hornbeam/ops.hpp"
#include "keras/optimizers/registry.h"
#include "keras/optimizers/sparse.h"

namespace hornbeam {
namespace {

// Throws ValueError in the words of 2.2 (`old`) or of later ones.
void check_sign(bool old, const std::string& name, double value, bool holds, const std::string& what) {
  if (holds) return;
  if (old) throw ValueError(name + " " + std::to_string(value) + " needs to be " + what + " or zero");
  throw ValueError("`" + name + "` needs to be " + what + " or zero. Received: " + name + "=" + Config(value).dump() +
                   ".");
}

class FtrlObject final : public OptimizerObject {
 public:
  explicit FtrlObject(const optimizers::FtrlOptions& o) : OptimizerObject("Ftrl", o.learning_rate, o.common()), o_(o) {
    const bool old = legacy() && current_target() == Target::tf22;
    const auto positive = [old](const char* name, double value) {
      check_sign(old, name, value, value >= 0, "positive");
    };
    positive("initial_accumulator_value", o.initial_accumulator_value);
    check_sign(old, "learning_rate_power", o.learning_rate_power, o.learning_rate_power <= 0, "negative");
    positive("l1_regularization_strength", o.l1_regularization_strength);
    positive("l2_regularization_strength", o.l2_regularization_strength);
    positive("l2_shrinkage_regularization_strength", o.l2_shrinkage_regularization_strength);
  }

 protected:
  bool legacy() const { return generation() == OptimizerGeneration::legacy; }

  std::vector<std::vector<SlotName>> slot_groups() const override {
    // Newer ones make it of a float32.
    const auto initial = rounded_number(o_.initial_accumulator_value, !legacy());
    return {{{"accumulator", "accumulator", "accumulator", initial}, {"linear", "linear", "linear"}}};
  }
  std::vector<std::pair<std::string, double*>> hypers() override {
    return {{"learning_rate_power", &o_.learning_rate_power},
            {"l1_regularization_strength", &o_.l1_regularization_strength},
            {"l2_regularization_strength", &o_.l2_regularization_strength},
            {"beta", &o_.beta}};
  }
  bool has_hyper(const std::string& name, Target target) const override {
    return name != "beta" || target != Target::tf22;
  }
  std::vector<std::pair<std::string, std::string>> slot_lists() const override {
    return {{"_accumulators", "accumulator"}, {"_linears", "linear"}};
  }

  void update(const Tensor& gradient, const Variable& variable, const std::vector<Variable>& slots,
              const Scalars& scalars) const override {
    Tensor picked, squares = ops::square(gradient);
    if (legacy()) picked = picked_rows(gradient, variable->shape());
    if (generation() == OptimizerGeneration::keras3) squares = squared(gradient, variable->shape());
    const auto number = [this](double v) { return rounded_number(v, legacy()); };
    const auto power = -number(o_.learning_rate_power), l1 = number(o_.l1_regularization_strength);
    const auto to_power = [power](const Tensor& x) { return power == 0.5 ? ops::sqrt(x) : ops::pow(x, power); };
    const auto& lr = scalars.at("lr");
    const auto l2 = number(o_.l2_regularization_strength) + number(o_.beta) / (2.0 * lr);
    const auto now = ops::read(variable), accum = ops::read(slots[0]);
    const auto next = accum + squares, next_power = to_power(next);
    const auto shrunk = gradient + 2.0 * o_.l2_shrinkage_regularization_strength * now;
    const auto linear = ops::read(slots[1]) + (shrunk - (next_power - to_power(accum)) / lr * now);
    const auto quadratic = next_power / lr + 2.0 * l2;
    auto value = (ops::clip_by_value(linear, -l1, l1) - linear) / quadratic;
    // TensorFlow's kernels do not divide by it where it may be 0.
    if (legacy()) value = ops::where(ops::greater(ops::abs(linear), l1), value, ops::zeros_like(value));
    assign_rows(picked, slots[1], linear);
    assign_rows(picked, slots[0], next);
    assign_rows(picked, variable, value);
  }

  void add_settings(Config& config, OptimizerGeneration generation, bool rounded) const override {
    const auto number = [rounded](double v) { return rounded_number(v, rounded); };
    const bool legacy = generation == OptimizerGeneration::legacy;
    if (legacy) config.set("initial_accumulator_value", o_.initial_accumulator_value);
    config.set("learning_rate_power", number(o_.learning_rate_power));
    if (!legacy) config.set("initial_accumulator_value", o_.initial_accumulator_value);
    config.set("l1_regularization_strength", number(o_.l1_regularization_strength))
        .set("l2_regularization_strength", number(o_.l2_regularization_strength));
    const bool old = legacy && current_target() == Target::tf22;
    if (old && o_.beta != 0) {
      throw ValueError("tf.keras 2.2's Ftrl has no beta; save for another target, or without optimizer");
    }
    if (legacy && !old) config.set("beta", number(o_.beta));
    config.set("l2_shrinkage_regularization_strength", o_.l2_shrinkage_regularization_strength);
    if (!legacy) config.set("beta", number(o_.beta));
  }

 private:
  optimizers::FtrlOptions o_;
};

OptimizerPointer make_ftrl(ObjectArguments& a, const OptimizerOptions& common) {
  auto o = with_common(optimizers::FtrlOptions{}, common);
  o.learning_rate = learning_rate_from(a, o.learning_rate);
  for (const auto& [key, value] :
       {std::pair{"learning_rate_power", &o.learning_rate_power},
        std::pair{"initial_accumulator_value", &o.initial_accumulator_value},
        std::pair{"l1_regularization_strength", &o.l1_regularization_strength},
        std::pair{"l2_regularization_strength", &o.l2_regularization_strength},
        std::pair{"l2_shrinkage_regularization_strength", &o.l2_shrinkage_regularization_strength},
        std::pair{"beta", &o.beta}}) {
    *value = a.number(key, *value);
  }
  return std::make_shared<FtrlObject>(o);
}

}  // namespace

Optimizer optimizers::Ftrl(const FtrlOptions& options) { return std::make_shared<FtrlObject>(options); }

}  // namespace hornbeam

HB_REGISTER(optimizer_ftrl) { hornbeam::register_optimizer("Ftrl", hornbeam::make_ftrl); }
