// One step of an optimizer: what is the same for every rule.

#include "graph/tracer.h"
#include "graph/variables.h"
#include "hornbeam/errors.hpp"
#include "hornbeam/ops.hpp"
#include "hornbeam/ops_control.hpp"
#include "keras/engine/overwritten.h"
#include "keras/optimizers/clip.h"
#include "keras/optimizers/eager_steps.h"

namespace hornbeam {

// Appends a step to the function being traced.
class OptimizerStep {
 public:
  OptimizerStep(OptimizerObject& optimizer, std::vector<Tensor> gradients, std::vector<Variable> variables)
      : o_(optimizer), gradients_(std::move(gradients)), variables_(std::move(variables)) {}

  void append() {
    const auto& options = o_.options_;
    if (o_.generation_ == OptimizerGeneration::keras3 && options.loss_scale_factor) {
      for (auto& g : gradients_) g = g / *options.loss_scale_factor;
    }
    if (o_.schedule_ && o_.generation_ != OptimizerGeneration::legacy) {
      rate_ = o_.schedule_(ops::read(o_.iterations_));
      keep_rate(rate_);
    }
    if (accumulation()) {
      accumulate();
    } else {
      update(gradients_);
    }
    if (options.use_ema) average();
    graph::assign(o_.iterations_, ops::read(o_.iterations_) + 1);
  }

 private:
  // Of gradients that are summed up: after how many a step is made; else 0.
  std::int64_t accumulation() const {
    const bool keras3 = o_.generation_ == OptimizerGeneration::keras3;
    return keras3 ? o_.options_.gradient_accumulation_steps.value_or(0) : 0;
  }

  // The steps that the rules count.
  Tensor steps_made() const {
    const auto iterations = ops::read(o_.iterations_);
    return accumulation() ? ops::floor_div(iterations, accumulation()) : iterations;
  }

  void keep_rate(const Tensor& rate) const {
    graph::assign(o_.learning_rate_, ops::cast(rate, o_.learning_rate_->dtype()));
  }

  void update(std::vector<Tensor> gradients) {
    const auto& options = o_.options_;
    gradients = clipped(std::move(gradients), options, o_.generation_);
    o_.begin_step();
    for (std::size_t i = 0; i < variables_.size(); ++i) {
      const auto& variable = variables_[i];
      const auto& scalars = scalars_of(variable->dtype());
      const auto decay = o_.weight_decay_of(variable);
      if (decay && o_.generation_ != OptimizerGeneration::legacy && o_.decays(variable)) {
        const Tensor inputs[] = {OptimizerObject::setting(*decay, variable->dtype()), scalars.at("lr")};
        graph::update_variables("_ApplyWeightDecay", std::span(&variable, 1), inputs);
      }
      o_.update(ops::cast(gradients[i], variable->dtype()), variable, o_.slots_[o_.index_of(variable)], scalars);
    }
  }

  // Every so many gradients a step with their mean; of the others the sum is kept.
  void accumulate() {
    const auto count = accumulation();
    const auto sum_of = [this](std::size_t i) {
      return gradients_[i] + ops::read(o_.accumulators_[o_.index_of(variables_[i])]);
    };
    const auto due = ops::equal(ops::mod(ops::read(o_.iterations_) + 1, count), 0);
    ops::cond(
        due,
        [&] {
          std::vector<Tensor> means;
          for (std::size_t i = 0; i < variables_.size(); ++i) {
            means.push_back(sum_of(i) / static_cast<double>(count));
          }
          update(std::move(means));
          for (const auto& sum : o_.accumulators_) graph::assign(sum, ops::zeros_like(ops::read(sum)));
          return std::vector<Tensor>();
        },
        [&] {
          for (std::size_t i = 0; i < variables_.size(); ++i) {
            graph::assign(o_.accumulators_[o_.index_of(variables_[i])], sum_of(i));
          }
          return std::vector<Tensor>();
        });
  }

  const OptimizerObject::Scalars& scalars_of(DType dtype) {
    const auto [it, made] = scalars_.try_emplace(dtype);
    if (made) {
      const auto steps = steps_made();
      auto lr = ops::cast(rate_.defined() ? rate_ : ops::read(o_.learning_rate_), dtype);
      if (o_.generation_ == OptimizerGeneration::legacy) {
        if (o_.schedule_) {
          const auto rate = o_.schedule_(ops::cast(steps, dtype));
          keep_rate(rate);
          lr = ops::cast(rate, dtype);
        }
        if (o_.options_.decay > 0 && o_.decay_is_of_rate()) {
          lr = lr / (1.0 + OptimizerObject::setting(o_.options_.decay, dtype) * ops::cast(steps, dtype));
        }
      }
      it->second["lr"] = lr;
      it->second["step"] = ops::cast(steps + 1, dtype);
      o_.prepare(it->second, dtype);
    }
    return it->second;
  }

  void average() {
    const bool keras3 = o_.generation_ == OptimizerGeneration::keras3;
    const auto frequency = o_.ema_overwrite_frequency();
    const auto iterations = steps_made();
    for (const auto& variable : keras3 ? o_.model_variables_ : variables_) {
      const auto& average = o_.averages_[o_.index_of(variable)];
      const auto dtype = variable->dtype();
      auto momentum = OptimizerObject::setting(o_.options_.ema_momentum, dtype);
      // Keras 3's averages begin as zeros: the first one is the variable itself.
      if (keras3) momentum = ops::cast(ops::not_equal(iterations, 0), dtype) * momentum;
      const auto now = ops::read(variable);
      const auto next = momentum * ops::read(average) + (1.0 - momentum) * now;
      graph::assign(average, next);
      if (frequency > 0) {
        const auto due = ops::equal(ops::mod(iterations + 1, frequency), 0);
        graph::assign(variable, ops::where(due, next, now));
      }
    }
  }

  OptimizerObject& o_;
  std::vector<Tensor> gradients_;
  std::vector<Variable> variables_;
  Tensor rate_;  // of a schedule
  std::map<DType, OptimizerObject::Scalars> scalars_;
};

namespace {
class RaisedFlag {
 public:
  explicit RaisedFlag(bool& flag) : flag_(flag) { flag_ = true; }
  ~RaisedFlag() { flag_ = false; }
  RaisedFlag(const RaisedFlag&) = delete;
  RaisedFlag& operator=(const RaisedFlag&) = delete;

 private:
  bool& flag_;
};
}  // namespace

void EagerSteps::run(OptimizerObject& optimizer, const std::vector<Tensor>& gradients,
                     const std::vector<Variable>& variables) {
  std::vector<Shape> shapes;
  std::vector<TensorSpec> arguments;
  std::vector<Tensor> inputs;
  for (const auto& g : gradients) {
    shapes.push_back(g.defined() ? g.shape() : Shape::unknown());
    if (!g.defined()) continue;
    arguments.push_back({g.dtype(), g.shape()});
    inputs.push_back(g);
  }
  if (!step_ || variables != variables_ || shapes != shapes_ || settings_ != optimizer.settings_version()) {
    step_ = std::make_unique<graph::Executable>(graph::trace("step", arguments, [&](std::span<const Tensor> given) {
      std::vector<Tensor> traced;
      std::size_t next = 0;
      const RaisedFlag eagerly(optimizer.stepping_eagerly_);
      for (const auto& g : gradients) traced.push_back(g.defined() ? given[next++] : Tensor());
      optimizer.apply_gradients(traced, variables);
      return std::vector<Tensor>();
    }));
    settings_ = optimizer.settings_version();
    variables_ = variables;
    shapes_ = std::move(shapes);
  }
  step_->run(inputs);
}

void OptimizerObject::apply_gradients(const std::vector<Tensor>& gradients, const std::vector<Variable>& variables) {
  if (gradients.size() != variables.size()) {
    throw ValueError("apply_gradients: " + std::to_string(gradients.size()) + " gradients for " +
                     std::to_string(variables.size()) + " variables");
  }
  if (variables.empty()) return;
  build(variables);
  check_gradients(gradients.size());
  settings_version();  // building may have brought settings from a checkpoint
  std::vector<Tensor> there;
  std::vector<Variable> updated;
  std::vector<std::size_t> overwritten;
  std::string names;
  for (std::size_t i = 0; i < variables.size(); ++i) {
    const auto quoted = "'" + variables[i]->name() + "'";
    names += (names.empty() ? "" : ", ") + quoted;
    if (gradients[i].defined()) {
      if (is_overwritten(variables[i])) {
        overwritten.push_back(i);
        continue;
      }
      index_of(variables[i]);  // refuses one it does not know
      there.push_back(gradients[i]);
      updated.push_back(variables[i]);
    }
  }
  if (there.empty() && overwritten.empty())
    throw ValueError("No gradients provided for any variable: [" + names + "].");
  if (!graph::is_tracing()) {
    if (!eager_steps_) eager_steps_ = std::make_unique<EagerSteps>();
    return eager_steps_->run(*this, gradients, variables);
  }
  for (const auto i : overwritten) graph::assign(variables[i], gradients[i]);
  if (!there.empty()) append_step(std::move(there), std::move(updated));
}

void OptimizerObject::append_step(std::vector<Tensor> gradients, std::vector<Variable> variables) {
  OptimizerStep(*this, std::move(gradients), std::move(variables)).append();
}

void OptimizerObject::finalize_variable_values() {
  for (std::size_t i = 0; i < averages_.size(); ++i) model_variables_[i]->assign(averages_[i]->value());
}

void OptimizerObject::require_averages() const {
  if (built_ && options_.use_ema) return;
  throw ValueError(std::string("SwapEMAWeights must be used when `use_ema=True` is set on the optimizer. "
                               "Received: use_ema=") +
                   (options_.use_ema ? "True" : "False"));
}

void OptimizerObject::swap_averages() {
  require_averages();
  for (std::size_t i = 0; i < averages_.size(); ++i) {
    const auto value = model_variables_[i]->value();
    model_variables_[i]->assign(averages_[i]->value());
    averages_[i]->assign(value);
  }
}

void OptimizerObject::restart_averages() {
  require_averages();
  for (std::size_t i = 0; i < averages_.size(); ++i) averages_[i]->assign(model_variables_[i]->value());
}

}  // namespace hornbeam
