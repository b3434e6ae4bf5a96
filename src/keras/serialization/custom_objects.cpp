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

using Shared = std::shared_ptr<const CustomObject>;
struct Registry {
  std::mutex mutex;
  std::map<std::string, Shared> objects;
  std::vector<Shared> replaced;  // whoever has found one may still use it
};
Registry& registry() {
  static Registry r;
  return r;
}

// Entries whose name without the package is `name`. The lock must be held.
std::vector<std::map<std::string, Shared>::const_iterator> under_any_package(const std::string& name) {
  std::vector<std::map<std::string, Shared>::const_iterator> found;
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
  if (!registry().objects.emplace(full, std::make_shared<const CustomObject>(std::move(object))).second) {
    throw ValueError(full + " has already been registered to another object");
  }
}

CustomObjects get_custom_objects() {
  const std::lock_guard lock(registry().mutex);
  CustomObjects all;
  for (const auto& [name, object] : registry().objects) all.emplace(name, *object);
  return all;
}

void set_custom_objects(const CustomObjects& objects) {
  std::map<std::string, Shared> all;
  for (const auto& [name, object] : objects) all.emplace(name, std::make_shared<const CustomObject>(object));
  const std::lock_guard lock(registry().mutex);
  for (const auto& [name, object] : registry().objects) registry().replaced.push_back(object);
  registry().objects = std::move(all);
}

const CustomObject* get_registered_object(const std::string& name) { return find_custom_object(name); }

const CustomObject* find_custom_object(const std::string& name) {
  const auto& stack = scopes();
  for (auto scope = stack.rbegin(); scope != stack.rend(); ++scope) {
    if (const auto it = scope->find(name); it != scope->end()) return &it->second;
  }
  const std::lock_guard lock(registry().mutex);
  const auto it = registry().objects.find(name);
  return it == registry().objects.end() ? nullptr : it->second.get();
}

const CustomObject* find_registered_under_any_package(const std::string& name) {
  const std::lock_guard lock(registry().mutex);
  const auto found = under_any_package(name);
  return found.size() == 1 ? found.front()->second.get() : nullptr;
}

std::string get_registered_name(const std::string& name) {
  const std::lock_guard lock(registry().mutex);
  const auto found = under_any_package(name);
  return found.size() == 1 ? found.front()->first : name;
}

}  // namespace hornbeam
