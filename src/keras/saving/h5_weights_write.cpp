#include "keras/saving/h5_weights_write.h"

#include <algorithm>
#include <set>

#include "keras/engine/op_spelling.h"
#include "keras/layers/preprocessing/lookup_of.h"
#include "keras/saving/legacy_weights.h"
#include "keras/saving/weight_forms.h"

namespace hornbeam {
namespace {

namespace hdf5 = formats::hdf5;

// What our reader and h5py take for a link below a group, and not for a place elsewhere.
void check_link_name(const std::string& name, const std::string& who) {
  bool good = !name.empty() && name.front() != '/' && name.find("..") == name.npos;
  for (std::size_t begin = 0; good && begin <= name.size();) {
    const auto end = std::min(name.find('/', begin), name.size());
    good = name.substr(begin, end - begin) != ".";
    begin = end + 1;
  }
  if (!good)
    throw ValueError(who + " has the name '" + name + "', which an H5 file cannot hold. Give it another name.");
}

// Writes groups of weights, one after the other.
struct GroupWriter {
  hdf5::Writer& writer;
  const WeightForms& forms;
  hdf5::StringList list_form;
  SaveReport& report;
  const std::unordered_set<const VariableNode*>& left_out;

  void write(const std::string& group, const std::string& who, std::vector<Variable> weights) const {
    std::erase_if(weights, [&](const Variable& v) { return left_out.contains(v.get()); });
    writer.add_group(group);
    std::vector<std::string> list;
    std::set<std::string> seen;
    for (const auto& variable : weights) {
      list.push_back(forms.name(*variable));
      check_link_name(list.back(), "A weight of " + who);
      if (!seen.insert(list.back()).second) {
        throw ValueError("Unable to create dataset (name already exists): " + who + " has two weights named '" +
                         list.back() + "'. Give each weight (and each layer inside it) a name of its own.");
      }
    }
    hdf5::write_attribute_strings(writer, group, "weight_names", list, list_form);
    for (std::size_t i = 0; i < weights.size(); ++i) {
      writer.add_dataset(joined(group, list[i]), forms.value(*weights[i]));
      report.written.push_back(weights[i]->path());
    }
  }
};

// In Keras 3 operations are no layers.
std::vector<std::shared_ptr<Layer>> layers_of(const Model& model, Target target, FunctionalModel::Extent extent) {
  auto layers = model.layers();
  const auto* functional = dynamic_cast<const FunctionalModel*>(&model);
  if (functional && !dynamic_cast<const SequentialModel*>(&model)) {
    const auto part = functional->layers_up_to(extent);
    layers.assign(part.begin(), part.end());
  }
  if (target == Target::keras3) {
    std::erase_if(layers, [](const auto& layer) { return is_op_layer(*layer); });
  }
  return layers;
}

void add_weights_of_keras2(const Layer& layer, std::unordered_set<const VariableNode*>& weights) {
  if (has_weights_of_keras2(layer)) {
    for (const auto& weight : layer.own_weights()) weights.insert(weight.variable.get());
  }
  for (const auto& inner : layer.sublayers()) add_weights_of_keras2(*inner, weights);
}

// What a layer of Keras 3 weighs words by, which no weight of it is, and is one in 2.15's.
void add_idf_weights(const Layer& layer, std::vector<Variable>& weights) {
  const auto* lookup = lookup_of(layer);
  if (!lookup) return;
  for (const auto& edge : lookup->checkpoint_children(Target::tf215)) {
    const auto variable = std::dynamic_pointer_cast<VariableNode>(edge.child);
    if (variable && edge.name == "idf_weights" && std::ranges::find(weights, variable) == weights.end())
      weights.push_back(variable);
  }
}

}  // namespace

hdf5::StringList string_list_of(Target target) {
  return target == Target::tf22 ? hdf5::StringList::fixed : hdf5::StringList::variable;
}

std::string joined(const std::string& group, const std::string& name) {
  return group == "/" ? group + name : group + "/" + name;
}

void write_h5_weights(hdf5::Writer& writer, const std::string& group, const Model& model, const WhichWeights& which,
                      SaveReport& report) {
  const auto target = which.target;
  auto layers = layers_of(model, target, which.extent);
  std::vector<std::string> names;
  for (const auto& layer : layers) {
    check_link_name(layer->name(), "The layer");
    names.push_back(layer->name());
  }
  hdf5::write_attribute_strings(writer, group, "layer_names", names, string_list_of(target));
  writer.add_attribute(group, "backend", "tensorflow", hdf5::Charset::ascii);
  writer.add_attribute(group, "keras_version", report.keras_version, hdf5::Charset::ascii);
  // In order of their names, as Keras: a name comes before those it is the beginning of.
  std::stable_sort(layers.begin(), layers.end(), [](const auto& a, const auto& b) { return a->name() < b->name(); });
  const WeightForms forms(model, target);
  auto left_out = which.left_out;
  if (target == Target::keras3) add_weights_of_keras2(model, left_out);
  const GroupWriter groups{writer, forms, string_list_of(target), report, left_out};
  for (const auto& layer : layers) {
    auto weights = legacy_weights(*layer);
    if (target == Target::tf215) add_idf_weights(*layer, weights);
    groups.write(joined(group, layer->name()), "layer '" + layer->name() + "'", std::move(weights));
  }
  const auto own = top_level_weights(model);
  if (target != Target::tf22) {
    groups.write(joined(group, "top_level_model_weights"), "model '" + model.name() + "'", own);
    return;
  }
  // 2.2 forgets them.
  for (const auto& variable : own) {
    report.dropped.push_back(variable->path() + ": a weight of the model itself, which tf2.2's H5 files do not hold");
  }
}

}  // namespace hornbeam
