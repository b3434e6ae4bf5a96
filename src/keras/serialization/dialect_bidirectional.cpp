#include "keras/serialization/dialect_bidirectional.h"

#include <string>

namespace hornbeam {
namespace {

constexpr std::string_view kForward = "forward_", kBackward = "backward_";

std::string without(std::string_view prefix, const std::string& name) {
  return name.starts_with(prefix) ? name.substr(prefix.size()) : name;
}

bool is_set(const Config& config, const char* key) {
  const auto* found = config.find(key);
  return found && found->is_bool() && found->as_bool();
}

// The config of the layer that an object form describes, or null.
Config* inner(Config* object) {
  auto* config = object ? object->find("config") : nullptr;
  return config && config->is_dict() ? config : nullptr;
}

// The backward layer as Keras 3 makes it when none is given.
Config mirror_of(const Config& layer) {
  auto object = layer;
  auto& config = *inner(&object);
  config.set("name", std::string(kBackward) + without(kForward, config.get_string("name", "")));
  config.set("go_backwards", true);
  return object;
}

Config unbuilt(Config object) {
  object.erase("build_config");
  return object;
}

}  // namespace

Config bidirectional_for_keras3(Config config) {
  auto* layer = config.find("layer");
  auto* forward = inner(layer);
  if (!forward) return config;
  forward->set("name", std::string(kForward) + without(kForward, forward->get_string("name", "")));
  const auto* given = config.find("backward_layer");
  auto backward = given && !given->is_null() ? *given : mirror_of(*layer);
  // What the wrapper decides for both.
  for (auto* part : {forward, inner(&backward)}) {
    if (part && part->has("go_backwards")) part->set("zero_output_for_mask", is_set(*part, "return_sequences"));
  }
  return config.set("backward_layer", std::move(backward));
}

Config bidirectional_from_keras3(Config config) {
  auto* layer = config.find("layer");
  auto* backward = config.find("backward_layer");
  auto* forward = inner(layer);
  if (!forward) return config;
  if (backward && backward->is_dict() && unbuilt(*backward).equivalent(unbuilt(mirror_of(*layer)))) {
    config.erase("backward_layer");
    layer = config.find("layer");
    forward = inner(layer);
  } else if (auto* own = inner(backward)) {
    own->erase("zero_output_for_mask");
  }
  forward->set("name", without(kForward, forward->get_string("name", "")));
  forward->erase("zero_output_for_mask");
  return config;
}

}  // namespace hornbeam
