#include <mutex>
#include <vector>

#include "hornbeam/errors.hpp"
#include "hornbeam/serialization.hpp"
#include "keras/serialization/custom_lookup.h"

namespace hornbeam {
namespace {

std::vector<CustomObjects>& scopes() {
  thread_local std::vector<CustomObjects> stack;
  return stack;
}

// Entries are never removed or replaced, so pointers into the map stay good.
struct Registry {
  std::mutex mutex;
  std::map<std::string, CustomObject> objects;
};
Registry& registry() {
  static Registry r;
  return r;
}

// Entries whose name without the package is `name`. The lock must be held.
std::vector<std::map<std::string, CustomObject>::const_iterator> under_any_package(const std::string& name) {
  std::vector<std::map<std::string, CustomObject>::const_iterator> found;
  const auto& objects = registry().objects;
  for (auto it = objects.begin(); it != objects.end(); ++it) {
    const auto mark = it->first.find('>');
    if (it->first.compare(mark + 1, std::string::npos, name) == 0) found.push_back(it);
  }
  return found;
}

}  // namespace

CustomObjectScope::CustomObjectScope(const CustomObjects& objects) { scopes().push_back(objects); }
CustomObjectScope::~CustomObjectScope() { scopes().pop_back(); }

void register_keras_serializable(const std::string& name, CustomObject object, const std::string& package) {
  auto full = package + ">" + name;
  const std::lock_guard lock(registry().mutex);
  if (!registry().objects.emplace(full, std::move(object)).second) {
    throw ValueError(full + " has already been registered to another object");
  }
}

const CustomObject* get_registered_object(const std::string& name) { return find_custom_object(name); }

const CustomObject* find_custom_object(const std::string& name) {
  const auto& stack = scopes();
  for (auto scope = stack.rbegin(); scope != stack.rend(); ++scope) {
    if (const auto it = scope->find(name); it != scope->end()) return &it->second;
  }
  const std::lock_guard lock(registry().mutex);
  const auto it = registry().objects.find(name);
  return it == registry().objects.end() ? nullptr : &it->second;
}

const CustomObject* find_registered_under_any_package(const std::string& name) {
  const std::lock_guard lock(registry().mutex);
  const auto found = under_any_package(name);
  return found.size() == 1 ? &found.front()->second : nullptr;
}

std::string get_registered_name(const std::string& name) {
  const std::lock_guard lock(registry().mutex);
  const auto found = under_any_package(name);
  return found.size() == 1 ? found.front()->first : name;
}

}  // namespace hornbeam
