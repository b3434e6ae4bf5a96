#include <algorithm>
#include <set>

#include "hornbeam/ops.hpp"
#include "keras/saving/saved_model_objects.h"

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

}  // namespace

std::vector<std::int32_t> saved_weights(const SavedKerasModel& saved, const Model& model) {
  auto nodes = variables_of(saved.objects(), 0);
  const auto weights = model.weights();
  if (nodes.size() != weights.size()) {
    throw ValueError("The model " + model.name() + " has " + std::to_string(weights.size()) +
                     " weights, but the SavedModel has " + std::to_string(nodes.size()) +
                     ". What its layers are made from and what was saved with them do not fit together.");
  }
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const auto* variable = saved.objects().node(nodes[i]).variable();
    if (!variable) {
      throw FormatError(saved.file->file_name(), "object graph, node " + std::to_string(nodes[i]),
                        "a variable, for the weight " + weights[i]->path(), "another object");
    }
    if (variable->shape == weights[i]->shape()) continue;
    throw ValueError("Shapes " + weights[i]->shape().to_string() + " and " + variable->shape.to_string() +
                     " are incompatible: weight " + weights[i]->path() + " expects " + weights[i]->shape().to_string() +
                     ", the SavedModel holds " + variable->shape.to_string() + " (" + variable->name + ")");
  }
  return nodes;
}

void load_saved_weights(const SavedKerasModel& saved, Model& model, const std::vector<std::int32_t>& nodes, bool map,
                        LoadReport& report) {
  const auto weights = model.weights();
  std::vector<Tensor> values;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    values.push_back(saved.variables.read(nodes[i], map));
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
    weights[i]->assign(values[i]);
    report.matched.push_back(weights[i]->path());
  }
}

}  // namespace hornbeam
