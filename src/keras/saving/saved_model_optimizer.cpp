#include <algorithm>

#include "hornbeam/ops.hpp"
#include "keras/saving/compile_config.h"
#include "keras/saving/saved_model_objects.h"

namespace hornbeam {
namespace {

using formats::saved_model::SavedObject;

// What was saved of an optimizer's variables, in their order.
struct SavedState {
  std::vector<std::string> names;
  std::vector<Tensor> values;
};

class OptimizerReader {
 public:
  OptimizerReader(const SavedKerasModel& saved, Model& model, std::int32_t node)
      : saved_(saved), model_(model), node_(node) {}

  // Legacy optimizers: "iter" and the slots of each weight. Empty before the first step.
  SavedState legacy(const std::vector<std::int32_t>& weights) const {
    SavedState state;
    const auto iterations = objects().child(node_, "iter");
    const auto& slots = objects().node(node_).slots;
    if (!iterations || !saved_.variables.key(*iterations)) return state;
    const auto& optimizer = model_.optimizer();
    const auto scaled = as_loss_scale(optimizer);
    if (!slots.empty()) optimizer->build(model_.trainable_weights());
    std::map<const VariableNode*, std::int32_t> nodes{{optimizer->iterations().get(), *iterations}};
    // What all variables share: Nadam's momentum_cache.
    for (const auto& child : (scaled ? scaled->inner_optimizer() : optimizer)->checkpoint_children(Target::tf22)) {
      const auto* variable = dynamic_cast<const VariableNode*>(child.child.get());
      const auto there = objects().child(node_, child.name);
      if (variable && there && saved_.variables.key(*there)) nodes.emplace(variable, *there);
    }
    const auto variables = model_.weights();
    for (const auto& slot : slots) {
      const auto it = std::find(weights.begin(), weights.end(), slot.variable);
      if (it == weights.end()) continue;
      const auto ours = optimizer->slot(variables[static_cast<std::size_t>(it - weights.begin())], slot.name);
      if (ours) nodes.emplace(ours.get(), slot.slot_variable);
    }
    for (const auto& variable : optimizer->variables()) {
      const auto it = nodes.find(variable.get());
      if (it == nodes.end()) {
        // A weight that was frozen then.
        state.names.push_back(variable->path());
        state.values.push_back(variable->value());
      } else {
        add(it->second, state);
      }
    }
    return state;
  }

  // Of a LossScaleOptimizer: the scale and the steps since it changed, where they were saved.
  void loss_scale(const LossScaleObject& optimizer, std::int32_t at) const {
    const auto scale = objects().child(at, "loss_scale");
    if (!scale || !optimizer.dynamic()) return;
    const auto restore = [&](const char* name, const Variable& variable) {
      const auto there = objects().child(*scale, name);
      if (!there || !saved_.variables.key(*there)) return;
      const auto value = saved_.variables.read(*there, false);
      if (value.rank() == 0) variable->assign(ops::cast(value, variable->dtype()));
    };
    restore("current_loss_scale", optimizer.loss_scale());
    restore("good_steps", optimizer.dynamic_counter());
  }

  // Those since 2.11: a list of all.
  SavedState listed(std::int32_t list) const {
    SavedState state;
    for (const auto id : objects().list(list)) add(id, state);
    return state;
  }

 private:
  const formats::saved_model::SavedObjectGraph& objects() const { return saved_.objects(); }

  void add(std::int32_t node, SavedState& state) const {
    state.values.push_back(saved_.variables.read(node, false));
    state.names.push_back(objects().node(node).variable()->name);
  }

  const SavedKerasModel& saved_;
  Model& model_;
  std::int32_t node_;
};

}  // namespace

void load_saved_optimizer(const SavedKerasModel& saved, Model& model, const std::vector<std::int32_t>& weights,
                          LoadReport& report) {
  const auto whole = saved.objects().child(0, "optimizer");
  if (!whole || !saved.objects().node(*whole).user_object()) return;
  const auto& optimizer = model.optimizer();
  auto node = whole;
  // 2.2 has what a LossScaleOptimizer wraps below it, later ones in its place.
  const auto base = saved.objects().child(*whole, "base_optimizer");
  if (base && saved.objects().child(*base, "iter")) node = base;
  const OptimizerReader reader(saved, model, *node);
  const bool legacy = saved.objects().node(*node).is("optimizer");
  const auto list = saved.objects().child(*node, "_variables");
  if (legacy != (optimizer->generation() == OptimizerGeneration::legacy) || (!legacy && !list)) {
    report.mismatched.emplace_back("optimizer");
    report.notes.emplace_back(
        "The optimizer's saved state is not that of the optimizer that the training configuration names: it starts "
        "anew.");
    return;
  }
  const auto state = legacy ? reader.legacy(weights) : reader.listed(*list);
  if (!state.values.empty()) restore_optimizer(model, state.names, state.values, report);
  if (const auto scaled = as_loss_scale(optimizer)) reader.loss_scale(*scaled, *whole);
}

}  // namespace hornbeam
