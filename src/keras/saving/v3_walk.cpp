#include "keras/saving/v3_walk.h"

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "hornbeam/layers/discretization.hpp"
#include "hornbeam/layers/lookup.hpp"
#include "hornbeam/layers/lora.hpp"
#include "hornbeam/layers/multi_head_attention.hpp"
#include "keras/engine/names.h"
#include "keras/serialization/keras_layer_names.h"

namespace hornbeam {
namespace {

// Keras 3 reaches these parts by properties first: "_query_dense" is "query_dense".
std::string keras3_attribute(const Layer& layer, const std::string& name) {
  static const std::set<std::string> properties{"_query_dense", "_key_dense", "_value_dense", "_output_dense"};
  const bool has = dynamic_cast<const MultiHeadAttentionLayer*>(&layer) && properties.contains(name);
  return has ? name.substr(1) : name;
}

using LayerList = std::vector<std::shared_ptr<Layer>>;

// What an attribute holds: a layer, or a list (or dict) of layers.
struct Attribute {
  std::string name;
  std::shared_ptr<Layer> layer;
  LayerList list = {};
};

LayerList layers_in(const TrackableChildren& children) {
  LayerList layers;
  for (const auto& edge : children.edges()) {
    if (auto layer = std::dynamic_pointer_cast<Layer>(edge.child)) layers.push_back(std::move(layer));
  }
  return layers;
}

class Walk {
 public:
  Walk(V3Layout layout, const std::unordered_set<const Layer*>& copied)
      : keras3_(layout == V3Layout::keras3), copied_(copied) {}

  // `in_copy`: of a model that was visited elsewhere, with all that is in it.
  void visit(const Layer& layer, const std::string& path, bool in_copy = false) {
    if (!seen_.insert(&layer).second) {
      if (!in_copy && !copied_.contains(&layer)) return;
      in_copy = true;
    }
    // A copy that leads back to itself ends there.
    if (!on_the_way_.insert(&layer).second) return;
    holders_.push_back({path, &layer, variables_of(layer)});
    for (const auto& attribute : attributes_of(layer)) {
      const auto below = path.empty() ? attribute.name : path + "/" + attribute.name;
      if (attribute.layer) {
        visit(*attribute.layer, below, in_copy);
      } else {
        visit_list(attribute.list, below, in_copy);
      }
    }
    on_the_way_.erase(&layer);
  }
  std::vector<V3Holder> take() { return std::move(holders_); }

 private:
  // Trainable ones first, whether they are trained now or not.
  std::vector<Variable> variables_of(const Layer& layer) const {
    std::vector<Variable> variables;
    // The summary it learns from is a weight in Keras 2 alone; in Keras 3 its config has what it learned.
    if (keras3_ && dynamic_cast<const DiscretizationLayer*>(&layer)) return variables;
    // Named, not numbered: v3_vocabularies.h.
    if (dynamic_cast<const IndexLookupLayer*>(&layer)) return variables;
    if (const auto* lora = dynamic_cast<const LoraLayer*>(&layer)) return lora->stored_variables();
    for (const auto& weight : layer.own_weights()) variables.push_back(weight.variable);
    // Not of std::ranges: its subrange is beyond clang 14.
    std::stable_partition(variables.begin(), variables.end(), [](const Variable& v) { return v->trainable(); });
    return variables;
  }

  std::vector<Attribute> attributes_of(const Layer& layer) const {
    std::vector<Attribute> attributes;
    for (const auto& edge : layer.edges()) {
      if (auto child = std::dynamic_pointer_cast<Layer>(edge.child)) {
        attributes.push_back({keras3_ ? keras3_attribute(layer, edge.name) : edge.name, std::move(child)});
      } else if (const auto* children = dynamic_cast<const TrackableChildren*>(edge.child.get())) {
        attributes.push_back({edge.name, nullptr, layers_in(*children)});
      }
    }
    const auto* model = dynamic_cast<const Model*>(&layer);
    const bool graph = dynamic_cast<const FunctionalModel*>(&layer) != nullptr;
    if (model && !graph) attributes.push_back({"layers", nullptr, model->layers()});
    if (keras3_) {
      // Private names last.
      std::ranges::stable_sort(attributes, {},
                               [](const Attribute& a) { return a.name.starts_with("_") ? "~" + a.name : a.name; });
    } else {
      std::ranges::stable_sort(attributes, std::greater<>(), &Attribute::name);
    }
    if (graph) attributes.insert(attributes.begin(), {"layers", nullptr, model->layers()});
    return attributes;
  }

  // Named after their classes, counted in each list. Keras 2 does not count what it has seen elsewhere.
  void visit_list(const LayerList& list, const std::string& path, bool in_copy) {
    std::map<std::string, int> used;
    for (const auto& layer : list) {
      if (!keras3_ && !in_copy && seen_.contains(layer.get()) && !copied_.contains(layer.get())) continue;
      auto name = to_snake_case(python_class_name(layer->class_name()));
      const auto [it, first] = used.emplace(name, 0);
      if (!first) name += "_" + std::to_string(++it->second);
      visit(*layer, path + "/" + name, in_copy);
    }
  }

  bool keras3_;
  const std::unordered_set<const Layer*>& copied_;
  std::set<const Layer*> seen_, on_the_way_;
  std::vector<V3Holder> holders_;
};

}  // namespace

std::vector<V3Holder> v3_holders(const Model& model, V3Layout layout, const std::unordered_set<const Layer*>& copied) {
  Walk walk(layout, copied);
  walk.visit(model, "");
  return walk.take();
}

}  // namespace hornbeam
