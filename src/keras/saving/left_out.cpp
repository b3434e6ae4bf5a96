#include "keras/saving/left_out.h"

#include <functional>

#include "hornbeam/serialization.hpp"
#include "keras/engine/added.h"

namespace hornbeam {
namespace {

constexpr const char* kAgain = ": added to the model, which such files do not hold; add it again after loading";

class Collector {
 public:
  Collector(Target target, FunctionalModel::Extent extent) : target_(target), extent_(extent) {}

  LeftOut run(const Model& model) {
    visit(model);
    for (const auto& weight : beyond_) {
      if (kept_.contains(weight.get()) || !left_.weights.insert(weight.get()).second) continue;
      left_.lines.push_back(weight->path() + ": a weight that only what was added to the model needs");
    }
    return std::move(left_);
  }

 private:
  void visit(const Layer& layer) {
    if (!seen_.insert(&layer).second) return;
    // What a class of the user's own adds is part of its code.
    if (!layer.added_losses().empty() && find_layer_class(layer.class_name())) {
      const auto count = layer.added_losses().size();
      left_.lines.push_back("add_loss of '" + layer.name() + "' (" + std::to_string(count) +
                            (count == 1 ? " function)" : " functions)") + kAgain);
    }
    for (const auto& weight : layer.own_weights()) kept_.insert(weight.variable.get());
    const auto* model = dynamic_cast<const FunctionalModel*>(&layer);
    if (!model) {
      for (const auto& inner : layer.sublayers()) visit(*inner);
      return;
    }
    const auto kept = model->layers_up_to(extent_).size();
    const auto all = model->layers_up_to(FunctionalModel::Extent::all);
    for (const auto& inner : all.first(kept)) visit(*inner);
    for (const auto& inner : all.subspan(kept)) leave_out(*inner);
  }

  void leave_out(const Layer& layer) {
    left_.layers.insert(&layer);
    for (const auto& weight : layer.weights()) beyond_.push_back(weight);
    if (dynamic_cast<const AddLossLayer*>(&layer)) {
      say("add_loss", layer.name());
    } else if (const auto* metric = dynamic_cast<const AddMetricLayer*>(&layer)) {
      say("add_metric", metric->metric_name());
    }
  }

  void say(const std::string& what, const std::string& name) {
    left_.lines.push_back(what + " '" + name + "'" +
                          (target_ == Target::keras3 ? ": added to the model, which Keras 3 does not know" : kAgain));
  }

  Target target_;
  FunctionalModel::Extent extent_;
  std::unordered_set<const Layer*> seen_;
  std::unordered_set<const VariableNode*> kept_;
  std::vector<Variable> beyond_;
  LeftOut left_;
};

}  // namespace

FunctionalModel::Extent extent_in_h5(Target target) {
  return target == Target::keras3 ? FunctionalModel::Extent::outputs : FunctionalModel::Extent::config;
}

FunctionalModel::Extent extent_in_archive(Target target) {
  return target == Target::keras3 ? FunctionalModel::Extent::outputs : FunctionalModel::Extent::all;
}

LeftOut left_out(const Model& model, Target target, FunctionalModel::Extent extent) {
  return Collector(target, extent).run(model);
}

}  // namespace hornbeam
