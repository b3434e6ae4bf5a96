#include "keras/saving/h5_weights_write.h"

#include <algorithm>
#include <set>

#include "keras/saving/legacy_weights.h"

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

void write_weights_of(hdf5::Writer& writer, const std::string& group, const std::string& who,
                      const std::vector<Variable>& weights, Target target, SaveReport& report) {
  writer.add_group(group);
  std::vector<std::string> names;
  std::set<std::string> seen;
  for (const auto& variable : weights) {
    const auto name = weight_name(*variable, target);
    check_link_name(name, "A weight of " + who);
    if (!seen.insert(name).second) {
      throw ValueError("Unable to create dataset (name already exists): " + who + " has two weights named '" + name +
                       "'. Give each weight (and each layer inside it) a name of its own.");
    }
    names.push_back(name);
  }
  hdf5::write_attribute_strings(writer, group, "weight_names", names, string_list_of(target));
  for (std::size_t i = 0; i < weights.size(); ++i) {
    writer.add_dataset(joined(group, names[i]), weights[i]->value());
    report.written.push_back(weights[i]->path());
  }
}

}  // namespace

std::string weight_name(const VariableNode& variable, Target target) {
  return target == Target::keras3 ? variable.path() : variable.name();
}

hdf5::StringList string_list_of(Target target) {
  return target == Target::tf22 ? hdf5::StringList::fixed : hdf5::StringList::variable;
}

std::string joined(const std::string& group, const std::string& name) {
  return group == "/" ? group + name : group + "/" + name;
}

void write_h5_weights(hdf5::Writer& writer, const std::string& group, const Model& model, Target target,
                      SaveReport& report) {
  auto layers = model.layers();
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
  for (const auto& layer : layers) {
    write_weights_of(writer, joined(group, layer->name()), "layer '" + layer->name() + "'", legacy_weights(*layer),
                     target, report);
  }
  if (target == Target::tf22) {
    // 2.2 forgets them.
    for (const auto& variable : top_level_weights(model)) {
      report.dropped.push_back(variable->path() + ": a weight of the model itself, which tf2.2's H5 files do not hold");
    }
    return;
  }
  write_weights_of(writer, joined(group, "top_level_model_weights"), "model '" + model.name() + "'",
                   top_level_weights(model), target, report);
}

}  // namespace hornbeam
