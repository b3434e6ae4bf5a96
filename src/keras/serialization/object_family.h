// How initializers, regularizers and constraints are found by name or read from any dialect's object form.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "hornbeam/errors.hpp"
#include "hornbeam/named_object.hpp"
#include "keras/serialization/custom_lookup.h"
#include "keras/serialization/object_form.h"

namespace hornbeam {

// The arguments of an object's constructor, read from its config. Absent ones keep their default; `finish` refuses
// those nobody asked for, unless they are null or false.
class ObjectArguments {
 public:
  ObjectArguments(const Config& config, std::string class_name);

  double number(const char* key, double fallback);
  std::int64_t integer(const char* key, std::int64_t fallback);
  std::string text(const char* key, const std::string& fallback);
  // Null when absent; the value as it stands otherwise.
  Config value(const char* key, Config fallback = {});
  // A seed is null, a number, or Keras 3's SeedGenerator.
  std::optional<std::int64_t> seed();
  bool has(const char* key) const { return config_.has(key); }
  void ignore(const char* key) { known_.insert(key); }
  void finish() const;
  // The first that `finish` would refuse.
  std::optional<std::string> unknown() const;

 private:
  const Config* find(const char* key);
  [[noreturn]] void wrong(const char* key, const Config& found, const char* why) const;
  const Config& config_;
  std::string class_name_;
  std::set<std::string, std::less<>> known_;
};

template <class Object>
struct ObjectFamily {
  using Pointer = std::shared_ptr<const Object>;
  using Factory = Pointer (*)(const Config& config);

  const char* name;  // "initializer"
  std::map<std::string, Factory, std::less<>> classes;
  // Keras's own that are not here yet: refused by name.
  std::set<std::string, std::less<>> not_yet = {};

  Pointer by_name(const std::string& word) const {
    if (const auto* custom = find_custom<Handle<Object>>(word, name)) return custom->ptr();
    if (const auto it = classes.find(word); it != classes.end()) return it->second(Config::dict());
    if (const auto* custom = find_custom_last<Handle<Object>>(word)) return custom->ptr();
    refuse(word, /*by_name=*/true);
  }

  Pointer deserialize(const Config& config) const {
    if (config.is_null()) return nullptr;
    if (config.is_string()) return by_name(config.as_string());
    if (!config.is_dict()) {
      throw ValueError("Could not interpret " + std::string(name) + " identifier: " + brief(config));
    }
    if (const auto* old_name = config.find("name"); old_name && old_name->is_string() && !config.has("class_name")) {
      // Keras 1: the arguments stand beside the name.
      auto arguments = config;
      arguments.erase("name");
      return make({old_name->as_string(), "", "", &arguments});
    }
    const auto form = read_object_form(config, name);
    if (form.is_function()) return by_name(form.config->as_string());
    return make(form);
  }

 private:
  Pointer make(const ObjectForm& form) const {
    if (const auto* custom = find_custom<Handle<Object>>(form, name)) return custom->ptr();
    if (form.may_be_builtin()) {
      if (const auto it = classes.find(form.class_name); it != classes.end()) return it->second(*form.config);
    }
    if (const auto* custom = find_custom_last<Handle<Object>>(form.class_name)) return custom->ptr();
    refuse(form.registered_name.empty() ? form.class_name : form.registered_name, /*by_name=*/false);
  }
  [[noreturn]] void refuse(const std::string& word, bool by_name) const {
    if (not_yet.contains(word)) throw NotImplementedError(std::string(name) + " " + word + " is not yet supported");
    throw_unknown_object(name, word, by_name);
  }
};

}  // namespace hornbeam
