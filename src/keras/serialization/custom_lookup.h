// Names that users gave meaning to: the scopes of this thread first, then the process-wide registry.
#pragma once

#include <string>
#include <variant>

#include "hornbeam/serialization.hpp"
#include "keras/serialization/object_form.h"

namespace hornbeam {

// Null when there is none. What it points at lives as long as its scope, or for ever.
const CustomObject* find_custom_object(const std::string& name);
// The one registered as "package>name" for this bare name, whatever the package; null when there is none or several.
const CustomObject* find_registered_under_any_package(const std::string& name);

// The object of this kind by name, or null. Throws TypeError when the name stands for another kind.
template <class T>
const T* find_custom(const std::string& name, std::string_view family) {
  const auto* object = find_custom_object(name);
  if (!object) return nullptr;
  if (const auto* found = std::get_if<T>(object)) return found;
  throw TypeError("the custom object '" + name + "' is no " + std::string(family));
}
// By an object form's registered name, then by its class name.
template <class T>
const T* find_custom(const ObjectForm& form, std::string_view family) {
  if (!form.registered_name.empty()) {
    if (const auto* found = find_custom<T>(form.registered_name, family)) return found;
  }
  return find_custom<T>(form.class_name, family);
}
// When nothing built in answers to a bare name.
template <class T>
const T* find_custom_last(const std::string& name) {
  const auto* object = find_registered_under_any_package(name);
  return object ? std::get_if<T>(object) : nullptr;
}

}  // namespace hornbeam
