// Adafactor: of a matrix, the means of the rows' and the columns' squares stand for all of them.
#include "hornbeam/optimizers/adafactor.hpp"

#include "graph/variables.h"
#include "hornbeam/ops.hpp"
#include "keras/optimizers/registry.h"
#include "keras/optimizers/sparse.h"

namespace hornbeam {
namespace {

Tensor rms(const Tensor& x) { return ops::sqrt(ops::reduce_mean(ops::square(x))); }

class AdafactorObject final : public OptimizerObject {
 public:
  explicit AdafactorObject(const optimizers::AdafactorOptions& o)
      : OptimizerObject("Adafactor", o.learning_rate, o.common()), o_(o) {
    exists_since(OptimizerGeneration::modern);
  }

 protected:
  std::vector<std::vector<SlotName>> slot_groups() const override {
    return {{{"r", "r", "r"}, {"c", "c", "c"}, {"v", "v", "velocity"}}};
  }
  std::vector<std::pair<std::string, std::string>> slot_lists() const override {
    return {{"_r", "r"}, {"_c", "c"}, {"_v", "v"}};
  }

  SlotStart slot_start(const Variable& variable, const SlotName& slot) const override {
    const std::string_view role = slot.legacy;
    if (role == "v") return OptimizerObject::slot_start(variable, slot);
    const bool modern = generation() == OptimizerGeneration::modern;
    const auto path = variable->path();
    const auto name = this->name() + "/" + path.substr(path.rfind('/') + 1);
    auto dims = variable->shape().dims();
    // What is not factored has a number in its place, which 2.15 does not count among its variables, and calls r both.
    if (dims.size() < 2) {
      return {Tensor::scalar(std::int32_t{0}), !modern, modern ? this->name() + "/r/" + path : name};
    }
    dims.erase(dims.end() - (role == "r" ? 1 : 2));
    return {Tensor::zeros(variable->dtype(), Shape(dims)), true, modern ? "" : name};
  }

  void prepare(Scalars& scalars, DType dtype) const override {
    const auto step = scalars.at("step");
    scalars["rate"] = ops::minimum(scalars.at("lr"), inverse_root(step));
    scalars["beta2"] = 1.0 - ops::pow(step, ops::scalar(dtype, o_.beta_2_decay));
  }

  void update(const Tensor& gradient, const Variable& variable, const std::vector<Variable>& slots,
              const Scalars& scalars) const override {
    const auto dtype = variable->dtype();
    const bool keras3 = generation() == OptimizerGeneration::keras3;
    const auto squares =
        (keras3 ? squared(gradient, variable->shape()) : ops::square(gradient)) + ops::scalar(dtype, o_.epsilon_1);
    const auto& beta2 = scalars.at("beta2");
    const auto next = [&](const Variable& slot, const Tensor& value) {
      const auto average = beta2 * ops::read(slot) + (1.0 - beta2) * value;
      graph::assign(slot, average);
      return average;
    };
    Tensor v;
    if (variable->shape().rank() >= 2) {
      const auto r = next(slots[0], ops::reduce_mean(squares, {-1}));
      const auto c = next(slots[1], ops::reduce_mean(squares, {-2}));
      v = ops::expand_dims(r / ops::reduce_mean(r, {-1}, true), -1) * ops::expand_dims(c, -2);
      graph::assign(slots[2], v);
    } else {
      v = next(slots[2], squares);
    }
    const auto now = ops::read(variable);
    const auto alpha = ops::maximum(setting(o_.epsilon_2, dtype), rms(now)) * scalars.at("rate");
    const auto step = keras3 ? gradient / ops::sqrt(v) : gradient * ops::rsqrt(v);
    const auto clipped = step / ops::maximum(ops::scalar(dtype, 1.0), rms(step) / o_.clip_threshold);
    graph::assign(variable, now - alpha * clipped);
  }

  void add_settings(Config& config, OptimizerGeneration, bool) const override {
    config.set("beta_2_decay", o_.beta_2_decay)
        .set("epsilon_1", o_.epsilon_1)
        .set("epsilon_2", o_.epsilon_2)
        .set("clip_threshold", o_.clip_threshold)
        .set("relative_step", o_.relative_step);
  }

 private:
  Tensor inverse_root(const Tensor& step) const {
    return generation() == OptimizerGeneration::keras3 ? 1.0 / ops::sqrt(step) : ops::rsqrt(step);
  }

  optimizers::AdafactorOptions o_;
};

OptimizerPointer make_adafactor(ObjectArguments& a, const OptimizerOptions& common) {
  auto o = with_common(optimizers::AdafactorOptions{}, common);
  o.learning_rate = learning_rate_from(a, o.learning_rate);
  o.beta_2_decay = a.number("beta_2_decay", o.beta_2_decay);
  o.epsilon_1 = a.number("epsilon_1", o.epsilon_1);
  o.epsilon_2 = a.number("epsilon_2", o.epsilon_2);
  o.clip_threshold = a.number("clip_threshold", o.clip_threshold);
  o.relative_step = flag_from(a, "relative_step", o.relative_step);
  return std::make_shared<AdafactorObject>(o);
}

}  // namespace

Optimizer optimizers::Adafactor(const AdafactorOptions& options) { return std::make_shared<AdafactorObject>(options); }

}  // namespace hornbeam

HB_REGISTER(optimizer_adafactor) { hornbeam::register_optimizer("Adafactor", hornbeam::make_adafactor); }
