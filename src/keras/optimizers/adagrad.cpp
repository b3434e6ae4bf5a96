// Adagrad.
#include "graph/variables.h"
#include "hornbeam/ops.hpp"
#include "keras/optimizers/registry.h"
#include "keras/optimizers/sparse.h"

namespace hornbeam {
namespace {

class AdagradObject final : public OptimizerObject {
 public:
  // `by_default`: nobody said what accumulators begin as.
  explicit AdagradObject(const optimizers::AdagradOptions& o, bool by_default = false)
      : OptimizerObject("Adagrad", o.learning_rate, o.common()), o_(o), by_default_(by_default) {
    // Newer ones take any.
    if (o.initial_accumulator_value < 0 && generation() == OptimizerGeneration::legacy) {
      throw ValueError("initial_accumulator_value must be non-negative: " + Config(o.initial_accumulator_value).dump());
    }
    AdagradObject::generation_changed();
  }

 protected:
  bool legacy() const { return generation() == OptimizerGeneration::legacy; }

  // 2.2 takes 0 for what its own class takes 0.1 for, when it is made by name or from a config without it.
  void generation_changed() override {
    if (by_default_) o_.initial_accumulator_value = legacy() && current_target() == Target::tf22 ? 0.0 : 0.1;
  }

  std::vector<std::vector<SlotName>> slot_groups() const override {
    // Keras 3 makes it of a float32.
    const auto initial = rounded_number(o_.initial_accumulator_value, generation() == OptimizerGeneration::keras3);
    return {{{"accumulator", "accumulator", "accumulator", initial}}};
  }
  std::vector<std::pair<std::string, std::string>> slot_lists() const override {
    return {{"_accumulators", "accumulator"}};
  }

  void update(const Tensor& gradient, const Variable& variable, const std::vector<Variable>& slots,
              const Scalars& scalars) const override {
    const bool keras3 = generation() == OptimizerGeneration::keras3;
    const auto squares = keras3 ? squared(gradient, variable->shape()) : ops::square(gradient);
    const auto sum = ops::read(slots[0]) + squares;
    graph::assign(slots[0], sum);
    const auto root = legacy() ? ops::sqrt(sum) + o_.epsilon : ops::sqrt(sum + o_.epsilon);
    graph::assign(variable, ops::read(variable) - scalars.at("lr") * gradient / root);
  }

  void add_settings(Config& config, OptimizerGeneration, bool) const override {
    config.set("initial_accumulator_value", o_.initial_accumulator_value).set("epsilon", o_.epsilon);
  }

  void check_same_arithmetic(OptimizerGeneration other) const override {
    if ((other == OptimizerGeneration::legacy) != legacy()) refuse_other_epsilon("Adagrad", other);
  }

  // Before 2.0 the count of iterations was not saved.
  std::vector<Tensor> adapt(std::vector<Tensor> values) const override {
    return with_iterations(std::move(values), *this);
  }

 private:
  optimizers::AdagradOptions o_;
  bool by_default_;
};

OptimizerPointer make_adagrad(ObjectArguments& a, const OptimizerOptions& common) {
  auto o = with_common(optimizers::AdagradOptions{}, common);
  o.learning_rate = learning_rate_from(a, o.learning_rate);
  const bool by_default = !a.has("initial_accumulator_value");
  o.initial_accumulator_value = a.number("initial_accumulator_value", o.initial_accumulator_value);
  o.epsilon = epsilon_from(a, o.epsilon);
  return std::make_shared<AdagradObject>(o, by_default);
}

}  // namespace

Optimizer optimizers::Adagrad(const AdagradOptions& options) { return std::make_shared<AdagradObject>(options); }

}  // namespace hornbeam

HB_REGISTER(optimizer_adagrad) { hornbeam::register_optimizer("Adagrad", hornbeam::make_adagrad); }
