// MultiOptimizer: different variables are trained by different optimizers. Keras 3 alone.
//
//   using namespace optimizers;
//   const OptimizerMap map(SGD({.learning_rate = 0.1}), {{"encoder/.*", Adam({.learning_rate = 1e-3})}});
//   model->compile({.optimizer = MultiOptimizer(map), .loss = "mse"});
//
// The optimizers within keep their own learning rates, schedules, clipping and state; each counts its own steps.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "hornbeam/optimizers/optimizer.hpp"

namespace hornbeam {

namespace optimizers {

// Which optimizer a variable's path ("encoder/dense/kernel") leads to: that of the key it is equal to, else that of the
// only key that matches all of it as a regular expression (of RE2), else the default. Mirrors
// keras.optimizers.OptimizerMap. A handle: copies share.
class OptimizerMap {
 public:
  using Items = std::vector<std::pair<std::string, Optimizer>>;

  // Throws TypeError in Keras's words for an empty default optimizer.
  explicit OptimizerMap(const Optimizer& default_optimizer, Items items = {});

  const Optimizer& default_optimizer() const { return state_->default_optimizer; }
  // In the order they were set.
  const Items& items() const { return state_->items; }
  std::size_t size() const { return items().size(); }
  bool contains(const std::string& key) const;
  // Throws ValueError in Keras's words for a key that is there already, for an empty optimizer, and for one that wraps
  // others.
  void set(const std::string& key, const Optimizer& optimizer);
  // Throws KeyError.
  void erase(const std::string& key);
  // Throws ValueError when several keys match, or one is no regular expression.
  const Optimizer& operator[](const std::string& path) const;
  const Optimizer& operator()(const Variable& variable) const;

  Config get_config() const;
  // Throws KeyError for what is missing, and as Optimizer::from_config.
  static OptimizerMap from_config(const Config& config);

 private:
  struct State {
    Optimizer default_optimizer;
    Items items;
  };
  std::shared_ptr<State> state_;
};

}  // namespace optimizers

// A function instead of a map, asked once for each variable. Saved by its name, found again under custom_objects:
// HB_FUNCTION(optimizer_for).
struct OptimizerSelector {
  std::string name;
  std::function<Optimizer(const Variable& variable)> select;
};
inline OptimizerSelector named_function(std::string name, Optimizer (*f)(const Variable&)) {
  return {std::move(name), f};
}

// Its own iterations count the steps; its learning rate is 0, as Keras 3 keeps it, and asking for it is an error.
class MultiOptimizerObject final : public OptimizerObject {
 public:
  struct Settings {
    std::optional<double> loss_scale_factor = {};
    std::optional<std::string> name = {};
  };
  // Throws ValueError for an optimizer that was asked to be of an older generation.
  MultiOptimizerObject(const optimizers::OptimizerMap& map, const Settings& settings);
  // Throws ValueError for an empty function.
  MultiOptimizerObject(OptimizerSelector selector, const Settings& settings);
  ~MultiOptimizerObject() override;

  // The map's, then its default; those that a function gives once it is built. Each once.
  const std::vector<Optimizer>& optimizers() const { return inner_; }
  // Throws ValueError for a variable it was not built for.
  const Optimizer& optimizer_of(const Variable& variable) const;

  // These three throw AttributeError in Keras's words: the optimizers within have learning rates.
  const Variable& learning_rate() const override;
  double current_learning_rate() const override;
  void set_learning_rate(double value) override;
  void set_learning_rate_dtype(DType dtype) override;  // of all optimizers
  void set_loss_scale_factor(std::optional<double> factor) override;

  // Throws ValueError in Keras's words when a variable is given none, or one that wraps others.
  void build(const std::vector<Variable>& variables) override;
  // Its own, then those of each optimizer.
  std::vector<Variable> variables() const override;
  std::vector<Variable> all_state() const override;
  void set_weights(const std::vector<Tensor>& values) override;
  Variable slot(const Variable& variable, const std::string& name) const override;
  // Keras 3's checkpoints hold its own variables alone; here those of its optimizers, too, as children "0", "1" ... of
  // the list "_inner_optimizers", which Keras leaves empty.
  std::vector<Edge> checkpoint_children(Target target) const override;
  std::uint64_t settings_version() override;
  void finalize_variable_values() override;

  using OptimizerObject::get_config;
  Config get_config(OptimizerGeneration generation) const override;
  Optimizer converted(OptimizerGeneration generation, std::vector<std::string>* notes = nullptr) const override;

 protected:
  std::vector<std::vector<SlotName>> slot_groups() const override { return {}; }
  void update(const Tensor&, const Variable&, const std::vector<Variable>&, const Scalars&) const override {}
  void add_settings(Config&, OptimizerGeneration, bool) const override {}
  void check_gradients(std::size_t count) const override;
  void append_step(std::vector<Tensor> gradients, std::vector<Variable> variables) override;

 private:
  MultiOptimizerObject(const Settings& settings);
  std::size_t add(const Optimizer& optimizer);

  std::optional<optimizers::OptimizerMap> map_;
  OptimizerSelector selector_;  // instead
  std::vector<Optimizer> inner_;
  std::vector<Variable> given_;  // what it was built for
  std::map<const VariableNode*, std::size_t> which_;
};

// The MultiOptimizer that this is; null when it is another.
std::shared_ptr<MultiOptimizerObject> as_multi(const Optimizer& optimizer);
// Those with a learning rate: a MultiOptimizer's, also within a LossScaleOptimizer; otherwise the optimizer itself.
std::vector<Optimizer> with_learning_rates(const Optimizer& optimizer);

namespace optimizers {

struct MultiOptimizerOptions {
  std::optional<double> loss_scale_factor = {};  // instead of those of the optimizers within
  std::optional<std::string> name = {};
};

// Of the keras3 generation, and so become the optimizers within. Those of one class without a name of their own are
// named apart ("sgd", "sgd_1"). Throws as MultiOptimizerObject's constructors.
Optimizer MultiOptimizer(const OptimizerMap& optimizer_map, const MultiOptimizerOptions& options = {});
Optimizer MultiOptimizer(const OptimizerSelector& optimizer_map, const MultiOptimizerOptions& options = {});

}  // namespace optimizers
}  // namespace hornbeam
