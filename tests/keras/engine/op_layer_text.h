// Functional configs with op layers, without what says nothing: the names that op layers get by default (each Keras has
// its own), the order of a NodeDef's attributes (a protobuf map has none), the list around a single input.
#pragma once

#include <algorithm>
#include <map>
#include <string>

#include "hornbeam/config.hpp"

namespace hornbeam::engine_test {

inline bool is_op(const Config& layer) {
  const auto name = layer.at("class_name").as_string();
  const auto* module = layer.find("module");
  return name == "TFOpLambda" || name == "SlicingOpLambda" || name == "TensorFlowOpLayer" ||
         (module && module->is_string() && module->as_string().starts_with("keras.src.ops"));
}

inline void rename_strings(Config& config, const std::map<std::string, std::string>& names) {
  if (config.is_string()) {
    if (const auto it = names.find(config.as_string()); it != names.end()) config = it->second;
  } else if (config.is_list()) {
    for (auto& item : config.as_list()) rename_strings(item, names);
  } else if (config.is_dict()) {
    for (auto& [key, value] : config.as_dict()) {
      if (key != "name" && key != "class_name" && key != "module" && key != "registered_name") {
        rename_strings(value, names);
      }
    }
  }
}

inline void normalize_node_def(Config& node, const std::map<std::string, std::string>& bare) {
  node.set("name", bare.at(node.at("name").as_string()));
  for (auto& input : node.find("input")->as_list()) {
    const auto text = input.as_string();
    const auto slash = std::min(text.find('/'), text.size());
    if (const auto it = bare.find(text.substr(0, slash)); it != bare.end()) input = it->second + text.substr(slash);
  }
  if (auto* attr = node.find("attr")) std::ranges::sort(attr->as_dict(), {}, &Config::Item::first);
}

inline std::string normalized(const std::string& json) {
  auto model = Config::parse(json);
  auto& config = *model.find("config");
  std::map<std::string, std::string> names, bare;
  for (const auto& layer : config.at("layers").as_list()) {
    if (!is_op(layer)) continue;
    const auto number = "#" + std::to_string(names.size());
    names[layer.at("name").as_string()] = number;
    bare[layer.at("config").at("name").as_string()] = number;
  }
  for (auto& layer : config.find("layers")->as_list()) {
    if (is_op(layer)) {
      auto& inner = *layer.find("config");
      inner.set("name", bare.at(inner.at("name").as_string()));
      if (auto* node = inner.find("node_def")) normalize_node_def(*node, bare);
      rename_strings(*layer.find("name"), names);
    }
    rename_strings(*layer.find("inbound_nodes"), names);
  }
  rename_strings(*config.find("output_layers"), names);
  // One input, or a list of one: Keras 2 does not tell them apart.
  auto& inputs = *config.find("input_layers");
  if (inputs.size() == 1) inputs = Config(inputs.at(std::size_t{0}));
  return model.dump();
}

}  // namespace hornbeam::engine_test
