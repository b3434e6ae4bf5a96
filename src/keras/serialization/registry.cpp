#include <mutex>

#include "hornbeam/errors.hpp"
#include "hornbeam/serialization.hpp"
#include "keras/serialization/fill_registries.h"

namespace hornbeam {
namespace registry {
void register_all_keras();  // generated from the files that say HB_REGISTER
}

namespace {

// Entries are never removed or replaced, so pointers into the map stay good.
struct Classes {
  std::mutex mutex;
  std::map<std::string, LayerFactory> factories;
};
Classes& classes() {
  static Classes c;
  return c;
}

}  // namespace

void fill_registries() {
  static std::once_flag filled;
  std::call_once(filled, registry::register_all_keras);
}

void register_layer(const std::string& class_name, LayerFactory factory) {
  const std::lock_guard lock(classes().mutex);
  if (!classes().factories.emplace(class_name, std::move(factory)).second) {
    throw ValueError("two layer classes are registered as '" + class_name + "'");
  }
}

const LayerFactory* find_layer_class(const std::string& class_name) {
  fill_registries();
  const std::lock_guard lock(classes().mutex);
  const auto it = classes().factories.find(class_name);
  return it == classes().factories.end() ? nullptr : &it->second;
}

std::vector<std::string> layer_class_names() {
  fill_registries();
  const std::lock_guard lock(classes().mutex);
  std::vector<std::string> names;
  for (const auto& [name, factory] : classes().factories) names.push_back(name);
  return names;
}

}  // namespace hornbeam
