// MultiOptimizer: what it keeps, and what it passes on to the optimizers within.
#include "hornbeam/optimizers/multi_optimizer.hpp"

#include <algorithm>

#include "graph/variables.h"
#include "hornbeam/errors.hpp"
#include "hornbeam/ops.hpp"
#include "hornbeam/optimizers/loss_scale.hpp"
#include "tensor/recorder.h"

namespace hornbeam {
namespace {

OptimizerOptions options_of(const MultiOptimizerObject::Settings& settings) {
  OptimizerOptions options;
  options.name = settings.name;
  options.loss_scale_factor = settings.loss_scale_factor;
  return options;
}

// Keras numbers the default names of one class. Names that were given stay, whatever the others are called.
void name_apart(const Optimizer& optimizer, const std::vector<Optimizer>& others) {
  if (optimizer->options().name) return;
  const auto base = optimizer->name();
  const auto taken = [&](const std::string& name) {
    return std::ranges::any_of(others, [&](const auto& other) { return other->name() == name; });
  };
  auto name = base;
  for (int i = 1; taken(name); ++i) name = base + "_" + std::to_string(i);
  if (name != base) optimizer->set_name(name);
}

}  // namespace

// ---- identity ----
MultiOptimizerObject::MultiOptimizerObject(const Settings& settings)
    : OptimizerObject("MultiOptimizer", 0.0, options_of(settings)) {
  exists_since(OptimizerGeneration::keras3);
}

MultiOptimizerObject::MultiOptimizerObject(const optimizers::OptimizerMap& map, const Settings& settings)
    : MultiOptimizerObject(settings) {
  map_ = map;
  for (const auto& [key, optimizer] : map.items()) add(optimizer);
  add(map.default_optimizer());
}

MultiOptimizerObject::MultiOptimizerObject(OptimizerSelector selector, const Settings& settings)
    : MultiOptimizerObject(settings) {
  if (!selector.select) throw ValueError("MultiOptimizer needs a function of a variable, or an OptimizerMap.");
  selector_ = std::move(selector);
}
MultiOptimizerObject::~MultiOptimizerObject() = default;

std::size_t MultiOptimizerObject::add(const Optimizer& optimizer) {
  const auto it = std::ranges::find(inner_, optimizer.ptr(), &Optimizer::ptr);
  if (it != inner_.end()) return static_cast<std::size_t>(it - inner_.begin());
  optimizer->follow(Target::keras3);
  if (optimizer->generation() != OptimizerGeneration::keras3) {
    throw ValueError("MultiOptimizer: the optimizer " + optimizer->name() + " is of the " +
                     name_of(optimizer->generation()) + " generation; those within it are of Keras 3's.");
  }
  optimizer->set_loss_scale_factor(options().loss_scale_factor);
  name_apart(optimizer, inner_);
  inner_.push_back(optimizer);
  return inner_.size() - 1;
}

std::shared_ptr<MultiOptimizerObject> as_multi(const Optimizer& optimizer) {
  return std::dynamic_pointer_cast<MultiOptimizerObject>(optimizer.ptr());
}

std::vector<Optimizer> with_learning_rates(const Optimizer& optimizer) {
  const auto scaled = as_loss_scale(optimizer);
  const auto multi = as_multi(scaled ? scaled->inner_optimizer() : optimizer);
  return multi ? multi->optimizers() : std::vector<Optimizer>{optimizer};
}

const Optimizer& MultiOptimizerObject::optimizer_of(const Variable& variable) const {
  const auto it = which_.find(variable.get());
  if (it == which_.end()) {
    throw ValueError("Unknown variable: " + variable->name() + ". The MultiOptimizer was not built for it.");
  }
  return inner_[it->second];
}

// ---- settings ----
const Variable& MultiOptimizerObject::learning_rate() const {
  throw AttributeError(
      "Learning rate cannot be accessed on a MultiOptimizer. Access the learning rate on the individual sub-optimizers "
      "instead.");
}

double MultiOptimizerObject::current_learning_rate() const {
  return ops::cast(learning_rate()->value(), DType::float64).item<double>();
}

void MultiOptimizerObject::set_learning_rate(double) {
  throw AttributeError(
      "Learning rate cannot be set on a MultiOptimizer. Set the learning rate on the individual sub-optimizers "
      "instead.");
}

void MultiOptimizerObject::set_learning_rate_dtype(DType dtype) {
  OptimizerObject::set_learning_rate_dtype(dtype);
  for (const auto& optimizer : inner_) optimizer->set_learning_rate_dtype(dtype);
}

void MultiOptimizerObject::set_loss_scale_factor(std::optional<double> factor) {
  OptimizerObject::set_loss_scale_factor(factor);
  for (const auto& optimizer : inner_) optimizer->set_loss_scale_factor(factor);
}

std::uint64_t MultiOptimizerObject::settings_version() {
  auto version = OptimizerObject::settings_version();
  for (const auto& optimizer : inner_) version += optimizer->settings_version();  // none ever falls
  return version;
}

// ---- state ----
void MultiOptimizerObject::build(const std::vector<Variable>& variables) {
  if (built()) return;
  const RecorderScope eager(nullptr);  // also inside a trace
  std::map<const VariableNode*, std::size_t> which;
  std::vector<std::vector<Variable>> of_each(inner_.size());
  for (const auto& variable : variables) {
    const auto optimizer = map_ ? (*map_)(variable) : selector_.select(variable);
    if (!optimizer) {
      throw ValueError("Optimizer for variable " + variable->path() + " is not an Optimizer instance.");
    }
    if (as_loss_scale(optimizer)) throw ValueError("LossScaleOptimizer cannot be used inside an MultiOptimizer.");
    if (as_multi(optimizer)) throw ValueError("MultiOptimizer cannot be used inside an MultiOptimizer.");
    const auto at = add(optimizer);
    of_each.resize(inner_.size());
    which.emplace(variable.get(), at);
    of_each[at].push_back(variable);
  }
  for (std::size_t i = 0; i < inner_.size(); ++i) {
    if (of_each[i].empty()) continue;
    inner_[i]->build(of_each[i]);
    // Keras makes Nadam's product in no scope, and no scope of the optimizer's name is around it here.
    for (const auto& variable : inner_[i]->variables()) {
      if (variable->path() == inner_[i]->name() + "/variable") variable->rename("variable");
    }
  }
  which_ = std::move(which);
  given_ = variables;
  OptimizerObject::build(variables);
}

std::vector<Variable> MultiOptimizerObject::variables() const {
  auto all = OptimizerObject::variables();
  for (const auto& optimizer : inner_) {
    const auto more = optimizer->variables();
    all.insert(all.end(), more.begin(), more.end());
  }
  return all;
}

std::vector<Variable> MultiOptimizerObject::all_state() const {
  auto all = OptimizerObject::variables();
  for (const auto& optimizer : inner_) {
    const auto more = optimizer->all_state();
    all.insert(all.end(), more.begin(), more.end());
  }
  return all;
}

void MultiOptimizerObject::set_weights(const std::vector<Tensor>& values) {
  OptimizerObject::set_weights(values);  // all of them, if all fit
  auto from = values.begin() + std::ssize(OptimizerObject::variables());
  for (const auto& optimizer : inner_) {  // so that each rule hears of it
    const auto count = std::ssize(optimizer->variables());
    optimizer->set_weights({from, from + count});
    from += count;
  }
}

Variable MultiOptimizerObject::slot(const Variable& variable, const std::string& name) const {
  const auto it = which_.find(variable.get());
  return it == which_.end() ? nullptr : inner_[it->second]->slot(variable, name);
}

std::vector<Trackable::Edge> MultiOptimizerObject::checkpoint_children(Target target) const {
  auto children = OptimizerObject::checkpoint_children(target);
  const auto own = std::make_shared<TrackableChildren>();
  const auto variables = OptimizerObject::variables();
  for (std::size_t i = 0; i < variables.size(); ++i) own->add_edge(std::to_string(i), variables[i]);
  children[0].child = own;  // "_variables"
  const auto list = std::make_shared<TrackableChildren>();
  for (std::size_t i = 0; i < inner_.size(); ++i) list->add_edge(std::to_string(i), inner_[i].ptr());
  children.push_back({"_inner_optimizers", list});
  if (built()) children.push_back({"_var_to_optimizer_idx", std::make_shared<TrackableChildren>()});
  return children;
}

// ---- training ----
void MultiOptimizerObject::check_gradients(std::size_t count) const {
  // A LossScaleOptimizer has set those aside that are overwritten.
  if (count == given_.size() || count == built_for().size()) return;
  throw ValueError("Gradients must match trainable variables one-to-one. Received " + std::to_string(count) +
                   " gradients and " + std::to_string(given_.size()) + " variables.");
}

void MultiOptimizerObject::append_step(std::vector<Tensor> gradients, std::vector<Variable> variables) {
  std::vector<std::pair<std::vector<Tensor>, std::vector<Variable>>> of_each(inner_.size());
  for (std::size_t i = 0; i < variables.size(); ++i) {
    auto& [own_gradients, own_variables] = of_each[which_.at(variables[i].get())];
    own_gradients.push_back(gradients[i]);
    own_variables.push_back(variables[i]);
  }
  for (std::size_t i = 0; i < inner_.size(); ++i) {
    const auto& [own_gradients, own_variables] = of_each[i];
    if (!own_variables.empty()) {
      inner_[i]->apply_gradients(own_gradients, own_variables);
    } else if (inner_[i]->built()) {
      throw ValueError("No gradients provided for any variable. (Of those that the optimizer " + inner_[i]->name() +
                       " of a MultiOptimizer is for.)");
    }
  }
  graph::assign(OptimizerObject::iterations(), ops::read(OptimizerObject::iterations()) + 1);
}

void MultiOptimizerObject::finalize_variable_values() {
  for (const auto& optimizer : inner_) optimizer->finalize_variable_values();
}

}  // namespace hornbeam
