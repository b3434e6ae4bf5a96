// Optimizers as checkpoints see them.
#include <algorithm>

#include "hornbeam/errors.hpp"
#include "hornbeam/model.hpp"
#include "hornbeam/ops.hpp"
#include "hornbeam/optimizers.hpp"
#include "tensor/recorder.h"

namespace hornbeam {
namespace {

std::shared_ptr<TrackableChildren> list_of(const std::vector<Variable>& variables) {
  auto list = std::make_shared<TrackableChildren>();
  for (std::size_t i = 0; i < variables.size(); ++i) list->add_edge(std::to_string(i), variables[i]);
  return list;
}

bool is_same_setting(double value, double other) { return static_cast<float>(value) == static_cast<float>(other); }

}  // namespace

std::vector<std::pair<std::string, double*>> OptimizerObject::all_hypers() {
  auto all = hypers();
  all.emplace_back("decay", &options_.decay);
  std::ranges::sort(all, {}, &std::pair<std::string, double*>::first);
  return all;
}

// As variables they are needed by checkpoints alone.
void OptimizerObject::make_hyper_variables() const {
  if (!hyper_variables_.empty()) return;
  auto& self = const_cast<OptimizerObject&>(*this);  // only read
  const auto dtype = dtype_from_name(backend::floatx());
  for (const auto& [name, value] : self.all_hypers()) {
    hyper_variables_.emplace_back(
        name, std::make_shared<VariableNode>(this->name() + "/" + name, ops::scalar(dtype, *value), false));
  }
}

std::uint64_t OptimizerObject::settings_version() {
  if (hyper_variables_.empty()) return settings_version_;
  const RecorderScope eager(nullptr);  // also inside a trace
  for (const auto& [name, value] : all_hypers()) {
    const auto found =
        std::ranges::find(hyper_variables_, name, &std::pair<std::string, Variable>::first)->second->value();
    const auto restored = ops::cast(found, DType::float64).item<double>();
    if (is_same_setting(restored, *value)) continue;
    *value = restored;
    ++settings_version_;
  }
  return settings_version_;
}

std::vector<Trackable::Edge> OptimizerObject::checkpoint_children(Target target) const {
  std::vector<Edge> children;
  if (generation_ == OptimizerGeneration::legacy) {
    // Keras makes them when they are first used, or get their values from a file (one without slots is not built then).
    if (!built_ && iterations_->value().item<std::int64_t>() == 0) return edges();
    children.push_back({"iter", iterations_});
    make_hyper_variables();
    std::vector<std::pair<std::string, Variable>> scalars;
    for (const auto& [name, variable] : hyper_variables_) {
      if (has_hyper(name, target)) scalars.emplace_back(name, variable);
    }
    if (!schedule_) scalars.emplace_back("learning_rate", learning_rate_);
    std::ranges::sort(scalars, {}, &std::pair<std::string, Variable>::first);
    for (const auto& [name, variable] : scalars) children.push_back({name, variable});
    if (shared_) children.push_back({shared_slot()->child.in(generation_), shared_});
  } else {
    const bool keras3 = generation_ == OptimizerGeneration::keras3;
    children.push_back({"_variables", list_of(variables())});
    if (keras3) {
      children.push_back({"_trainable_variables", list_of(model_variables_)});
      children.push_back({"_trainable_variables_indices", std::make_shared<TrackableChildren>()});
    }
    children.push_back({"_iterations", iterations_});
    if (!schedule_ || !keras3) {
      children.push_back({schedule_ ? "_current_learning_rate" : "_learning_rate", learning_rate_});
    }
    if (built_) {
      if (!keras3) children.push_back({"_index_dict", std::make_shared<TrackableChildren>()});
      if (shared_) children.push_back({shared_slot()->child.in(generation_), shared_});
      if (!accumulators_.empty()) children.push_back({"_accumulated_gradients", list_of(accumulators_)});
      if (!averages_.empty()) children.push_back({"_model_variables_moving_average", list_of(averages_)});
      const auto& groups = slot_groups();
      for (const auto& [list, modern] : slot_lists()) {
        std::vector<Variable> all;
        std::size_t at = 0;
        for (const auto& group : groups) {
          for (const auto& slot : group) {
            for (std::size_t i = 0; modern == slot.modern && i < slots_.size(); ++i) {
              if (slots_[i][at]) all.push_back(slots_[i][at]);
            }
            ++at;
          }
        }
        children.push_back({list, list_of(all)});
      }
    }
  }
  children.insert(children.end(), edges().begin(), edges().end());
  return children;
}

std::vector<Trackable::Slot> OptimizerObject::checkpoint_slots() const {
  std::vector<Slot> all;
  if (generation_ != OptimizerGeneration::legacy || !built_) return all;
  std::size_t at = 0;
  for (const auto& group : slot_groups()) {
    for (const auto& slot : group) {
      for (std::size_t i = 0; i < slots_.size(); ++i) {
        if (slots_[i][at]) all.push_back({slot.legacy, model_variables_[i], slots_[i][at]});
      }
      ++at;
    }
  }
  return all;
}

void OptimizerObject::check_takes_slots() const {
  if (generation_ == OptimizerGeneration::legacy) return;
  throw ValueError(
      "You are trying to restore a checkpoint from a legacy Keras optimizer into a v2.11+ Optimizer, which can cause "
      "errors. Please update the optimizer referenced in your code to be an instance of "
      "`tf.keras.optimizers.legacy.Optimizer`, e.g.: `tf.keras.optimizers.legacy." +
      class_name_ + "`. (Here: compile with an optimizer made with {.generation = OptimizerGeneration::legacy}.)");
}

}  // namespace hornbeam
