#include <algorithm>
#include <iterator>
#include <set>

#include "hornbeam/layers/lookup.hpp"
#include "hornbeam/ops.hpp"
#include "hornbeam/target.hpp"
#include "keras/saving/saved_model_objects.h"
#include "keras/saving/sized_weights.h"
#include "track/object_walk.h"

namespace hornbeam {
namespace {

using formats::saved_model::SavedObjectGraph;

// The list that Keras saves of a layer's weights.
std::vector<std::int32_t> variables_of(const SavedObjectGraph& objects, std::int32_t layer) {
  if (const auto list = objects.child(layer, "variables")) return objects.list(*list);
  if (const auto keras = objects.child(layer, "keras_api")) {
    if (const auto list = objects.child(*keras, "variables")) return objects.list(*list);
  }
  // Without the list: the layers' own, in order, as functional models have them.
  std::vector<std::int32_t> all;
  std::set<std::int32_t> seen;
  const auto add = [&](std::int32_t id) {
    if (objects.node(id).variable() && seen.insert(id).second) all.push_back(id);
  };
  for (const auto& child : objects.node(layer).children) {
    add(child.node);
    if (!child.name.starts_with("layer-") && !child.name.starts_with("layer_with_weights-")) continue;
    for (const auto& grandchild : objects.node(child.node).children) add(grandchild.node);
  }
  return all;
}

constexpr std::int32_t kNowhere = -1;

// Weights that tf.keras 2.2 has not: what adapt() counts texts with, where it learns "tf_idf".
void add_counts(const Layer& layer, std::set<const Trackable*>& counts) {
  if (dynamic_cast<const IndexLookupLayer*>(&layer)) counts.insert(layer.find_edge("num_documents").get());
  for (const auto& inner : layer.sublayers()) add_counts(*inner, counts);
}

}  // namespace

std::map<Trackable::Ptr, std::int32_t> nodes_by_names(const SavedObjectGraph& objects, Model& model) {
  std::map<Trackable::Ptr, std::int32_t> found;
  const auto walk = track::walk(model.shared_from_this(), target_named(model.target()));
  std::vector<std::int32_t> counterpart(walk.size(), kNowhere);
  if (!objects.nodes.empty()) counterpart[0] = 0;
  for (std::size_t at = 0; at < walk.size(); ++at) {  // who leads to an object comes before it
    if (counterpart[at] == kNowhere) continue;
    found.emplace(walk[at].object, counterpart[at]);
    for (const auto& child : walk[at].children) {
      if (counterpart[child.index] != kNowhere) continue;
      counterpart[child.index] = objects.child(counterpart[at], child.name).value_or(kNowhere);
    }
  }
  return found;
}

std::vector<std::int32_t> saved_weights(const SavedKerasModel& saved, Model& model, LoadReport& report) {
  const auto listed = variables_of(saved.objects(), 0);
  const auto weights = model.weights();
  const auto named = nodes_by_names(saved.objects(), model);
  std::vector<std::int32_t> nodes(weights.size(), kNowhere);
  std::set<std::int32_t> taken;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const auto it = named.find(weights[i]);
    if (it == named.end() || !saved.objects().node(it->second).variable()) continue;
    nodes[i] = it->second;
    taken.insert(it->second);
  }
  std::vector<std::int32_t> rest;
  std::ranges::copy_if(listed, std::back_inserter(rest), [&](auto node) { return !taken.contains(node); });
  std::set<const Trackable*> left_out;
  if (target_named(model.target()) == Target::tf22) add_counts(model, left_out);
  const auto is_sought = [&](std::size_t i) { return nodes[i] == kNowhere && !left_out.contains(weights[i].get()); };
  std::size_t unnamed = 0;
  for (std::size_t i = 0; i < nodes.size(); ++i) unnamed += is_sought(i);
  if (unnamed != 0 && unnamed != rest.size()) {
    throw ValueError("The model " + model.name() + " has " + std::to_string(weights.size()) +
                     " weights, but the SavedModel has " + std::to_string(listed.size()) +
                     ". What its layers are made from and what was saved with them do not fit together.");
  }
  auto next = rest.begin();
  for (std::size_t i = 0; i < nodes.size() && next != rest.end(); ++i) {
    if (is_sought(i)) nodes[i] = *next++;
  }
  for (; next != rest.end(); ++next) {
    const auto* variable = saved.objects().node(*next).variable();
    report.unused.push_back(variable ? variable->name : "node " + std::to_string(*next));
  }
  const auto sizable = sizable_weights(model);
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (nodes[i] == kNowhere) continue;
    const auto* variable = saved.objects().node(nodes[i]).variable();
    if (!variable) {
      throw FormatError(saved.file->file_name(), "object graph, node " + std::to_string(nodes[i]),
                        "a variable, for the weight " + weights[i]->path(), "another object");
    }
    if (variable->shape == weights[i]->shape()) continue;
    if (sized_weight(sizable, weights[i], saved.variables.read(nodes[i], false).shape())) continue;
    throw ValueError("Shapes " + weights[i]->shape().to_string() + " and " + variable->shape.to_string() +
                     " are incompatible: weight " + weights[i]->path() + " expects " + weights[i]->shape().to_string() +
                     ", the SavedModel holds " + variable->shape.to_string() + " (" + variable->name + ")");
  }
  return nodes;
}

void load_saved_weights(const SavedKerasModel& saved, Model& model, const std::vector<std::int32_t>& nodes, bool map,
                        LoadReport& report) {
  const auto weights = model.weights();
  std::vector<Tensor> values(nodes.size());
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (nodes[i] == kNowhere) continue;
    values[i] = saved.variables.read(nodes[i], map);
    if (values[i].dtype() == weights[i]->dtype()) continue;
    // 2.2 counts in int32 what later ones count in int64.
    if (!is_integer(values[i].dtype()) || !is_integer(weights[i]->dtype())) {
      throw ValueError("Tensor conversion requested dtype " + std::string(name_of(weights[i]->dtype())) +
                       " for Tensor with dtype " + std::string(name_of(values[i].dtype())) + ": weight " +
                       weights[i]->path());
    }
    report.converted.push_back(weights[i]->path() + ": from " + std::string(name_of(values[i].dtype())));
    values[i] = ops::cast(values[i], weights[i]->dtype());
  }
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (!values[i].defined()) continue;
    weights[i]->assign(values[i]);
    report.matched.push_back(weights[i]->path());
  }
}

}  // namespace hornbeam
