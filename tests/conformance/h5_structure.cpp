#include "conformance/h5_structure.h"

#include <algorithm>
#include <cstring>
#include <map>

#include "conformance/compare.h"
#include "formats/hdf5/hdf5.h"
#include "keras/engine/op_slice.h"

namespace conformance {
namespace {

namespace hdf5 = hornbeam::formats::hdf5;
using hornbeam::Config;

struct Entry {
  std::string form;
  std::vector<std::byte> values;
  std::vector<std::string> texts;
};
using Entries = std::map<std::string, Entry>;

std::string shape_text(const std::vector<std::int64_t>& shape) {
  std::string text = "(";
  for (const auto d : shape) text += std::to_string(d) + ",";
  return text + ")";
}

void add_attributes(const hdf5::Object& object, Entries& entries) {
  for (const auto& name : object.attribute_names()) {
    const auto a = object.attribute(name);
    Entry entry{"attribute, " + a.type_name() + " " + shape_text(a.shape()), {}, {}};
    if (a.is_string()) {
      entry.texts = a.as_strings();
    } else {
      entry.values.resize(a.byte_size());
      a.read(entry.values);
    }
    entries[object.path() + " @" + name] = std::move(entry);
  }
}

Entries entries_of(const std::string& path, const Allowance& allowance) {
  Entries entries;
  const auto left_out = [&](const std::string& at) {
    return std::ranges::any_of(allowance.without_groups,
                               [&](const auto& group) { return at == group || at.starts_with(group + "/"); });
  };
  hdf5::Visitor visitor;
  visitor.group = [&](const hdf5::Group& group) {
    if (left_out(group.path())) return;
    entries[group.path()] = {"group", {}, {}};
    add_attributes(group, entries);
  };
  visitor.dataset = [&](const hdf5::Dataset& dataset) {
    if (left_out(dataset.path())) return;
    Entry entry{"dataset, " + std::string(name_of(dataset.dtype())) + " " + shape_text(dataset.shape()), {}, {}};
    if (dataset.is_string()) {
      entry.texts = dataset.read_strings();
    } else {
      entry.values.resize(dataset.byte_size());
      dataset.read(entry.values);
    }
    entries[dataset.path()] = std::move(entry);
    add_attributes(dataset, entries);
  };
  hdf5::visit_objects(hdf5::File::open(path)->root(), visitor);
  if (!allowance.free_attribute.empty()) {
    for (auto& [place, entry] : entries) {
      if (place.ends_with(" @" + allowance.free_attribute)) entry.texts.clear();
    }
  }
  if (!allowance.without_attribute.empty()) entries.erase("/ @" + allowance.without_attribute);
  return entries;
}

void rename(const std::string& group, const std::vector<std::string>& names, Entries& entries) {
  auto& list = entries[group + " @weight_names"];
  std::vector<std::pair<std::string, Entry>> moved;
  for (std::size_t i = 0; i < std::min(names.size(), list.texts.size()); ++i) {
    const auto node = entries.extract(group + "/" + list.texts[i]);
    if (node) moved.emplace_back(group + "/" + names[i], node.mapped());
  }
  for (auto& [path, entry] : moved) entries[path] = std::move(entry);
  list.texts = names;
}

// Names make the groups on the way to the datasets, and the width of padded lists.
void forget_groups(const std::string& layer, Entries& entries) {
  std::erase_if(
      entries, [&](const auto& entry) { return entry.first.starts_with(layer + "/") && entry.second.form == "group"; });
  auto& form = entries[layer + " @weight_names"].form;
  if (form.find("NUL-padded") != form.npos) form = "attribute, padded names";
}

// Losses are one, or in a list, or in a dict; alone they are names.
void rename_losses(Config& losses, const std::map<std::string, std::string>& names) {
  if (losses.is_string()) {
    if (const auto it = names.find(losses.as_string()); it != names.end()) losses = it->second;
  } else if (losses.is_list()) {
    auto list = Config::list();
    for (auto loss : losses.as_list()) {
      rename_losses(loss, names);
      list.push_back(std::move(loss));
    }
    losses = std::move(list);
  } else if (losses.is_dict() && !losses.has("class_name")) {
    const auto copy = losses;  // its names, while the losses change
    for (const auto& [name, loss] : copy.as_dict()) rename_losses(*losses.find(name), names);
  }
}

void rename_losses(Entries& entries, const std::map<std::string, std::string>& names) {
  const auto it = entries.find("/ @training_config");
  if (it == entries.end() || names.empty()) return;
  auto config = Config::parse(it->second.texts.at(0));
  if (auto* losses = config.find("loss")) rename_losses(*losses, names);
  it->second.texts.at(0) = config.dump();
}

// fn(layer) of each layer of a model's config, of those of nested models first.
template <class Fn>
void for_each_layer(Config& model, const Fn& fn) {
  auto* config = model.find("config");
  auto* layers = config ? config->find("layers") : nullptr;
  if (!layers || model.at("class_name") == Config("Pipeline")) return;  // whose layers always have modules
  for (auto& layer : layers->as_list()) {
    for_each_layer(layer, fn);
    fn(layer);
  }
}

std::string name_of_layer(const Config& layer) {
  const auto* name = layer.find("name");
  return (name ? *name : layer.at("config").at("name")).as_string();
}

// Of a build_config: H5 files do not tell how many rows a layer was adapted to.
Config without_batch(Config value) {
  auto* shape = value.find("input_shape");
  if (shape && shape->is_list() && shape->size() > 0 && !shape->at(0).is_list()) shape->as_list()[0] = nullptr;
  return value;
}

// Compares the modules that layers have with those that `model_json` has, and takes them out; the first difference.
std::string take_modules(Entries& entries, const std::string& model_json) {
  auto wanted_model = Config::parse(model_json);
  std::map<std::string, std::vector<Config>> wanted;
  for_each_layer(wanted_model, [&](const Config& layer) { wanted[name_of_layer(layer)].push_back(layer); });
  auto& text = entries.at("/ @model_config").texts.at(0);
  auto model = Config::parse(text);
  std::map<std::string, std::size_t> met;
  std::string difference;
  for_each_layer(model, [&](Config& layer) {
    // Layers of nested models may have the names of others: both stand in the same order.
    const auto name = name_of_layer(layer);
    const auto& candidates = wanted[name];
    const auto i = met[name]++;
    if (!layer.has("module")) return;
    for (const auto* key : {"module", "registered_name", "build_config"}) {
      const auto* ours = layer.find(key);
      const auto* theirs = i < candidates.size() ? candidates[i].find(key) : nullptr;
      const bool same = ours && theirs ? without_batch(*ours) == without_batch(*theirs) : ours == theirs;
      if (!same && difference.empty()) {
        difference = "layer " + name + ": " + key + " is " + (ours ? ours->dump() : "absent") + ", expected " +
                     (theirs ? theirs->dump() : "none");
      }
      layer.erase(key);
    }
  });
  text = model.dump();
  return difference;
}

// What Keras 3 wrote of slices with "...", which it cannot read back, as Hornbeam writes it: with ":" for each dim.
void spell_out_slices(Config& layer) {
  if (layer.at("class_name") != Config("GetItem")) return;
  for (auto& node : layer.find("inbound_nodes")->as_list()) {
    auto& args = node.find("args")->as_list();
    if (args.at(1).dump().find("__ellipsis__") == std::string::npos) continue;
    const auto rank = args.at(0).at("config").at("shape").size();
    args.at(1) = slice_config(without_ellipsis(read_slice(args.at(1)), rank), true);
  }
}

std::string text_difference(const std::vector<std::string>& ours, const std::vector<std::string>& theirs) {
  if (ours.size() != theirs.size()) return std::to_string(ours.size()) + " texts";
  for (std::size_t i = 0; i < ours.size(); ++i) {
    if (ours[i] == theirs[i]) continue;
    if (theirs[i].starts_with("{") && ours[i].starts_with("{")) {
      const auto place = difference(Config::parse(ours[i]), Config::parse(theirs[i]));
      return place.empty() ? "blanks or the spelling of numbers differ" : place;
    }
    return "'" + ours[i] + "', expected '" + theirs[i] + "'";
  }
  return "";
}

// Sorts the names of layers without weights, in their places.
void sort_empty_layers(Entries& entries) {
  auto& names = entries["/ @layer_names"].texts;
  const auto is_empty = [&](const std::string& name) {
    const auto weights = entries.find("/" + name + " @weight_names");
    return weights != entries.end() && weights->second.texts.empty();
  };
  std::vector<std::string> empty;
  std::ranges::copy_if(names, std::back_inserter(empty), is_empty);
  std::ranges::sort(empty);
  auto next = empty.begin();
  for (auto& name : names) {
    if (is_empty(name)) name = *next++;
  }
}

}  // namespace

std::string with_slices_spelled_out(const std::string& model_json) {
  auto model = Config::parse(model_json);
  for_each_layer(model, spell_out_slices);
  return model.dump();
}

std::string structure_difference(const std::string& ours, const std::string& theirs, const Allowance& allowance) {
  auto a = entries_of(ours, allowance), b = entries_of(theirs, allowance);
  for (const auto& [layer, names] : allowance.renamed) {
    rename(allowance.layers_group + "/" + layer, names, b);
    forget_groups(allowance.layers_group + "/" + layer, a);
    forget_groups(allowance.layers_group + "/" + layer, b);
  }
  if (allowance.empty_layers_in_any_order) {
    sort_empty_layers(a);
    sort_empty_layers(b);
  }
  rename_losses(b, allowance.losses);
  if (!allowance.modules_of.empty()) {
    if (const auto text = take_modules(a, allowance.modules_of); !text.empty()) return "model_config: " + text;
    auto& text = b.at("/ @model_config").texts.at(0);
    text = with_slices_spelled_out(text);
  }
  for (const auto& [path, expected] : b) {
    const auto it = a.find(path);
    if (it == a.end()) return path + ": missing";
    const auto& got = it->second;
    if (const auto text = text_difference(got.texts, expected.texts); !text.empty()) return path + ": " + text;
    if (got.form != expected.form) return path + ": " + got.form + ", expected " + expected.form;
    if (got.values != expected.values) return path + ": the values differ";
  }
  for (const auto& [path, got] : a) {
    if (!b.contains(path)) return path + ": not in the original";
  }
  return "";
}

}  // namespace conformance
