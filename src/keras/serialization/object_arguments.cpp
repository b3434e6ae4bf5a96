#include "keras/serialization/load_notes.h"
#include "keras/serialization/object_family.h"

namespace hornbeam {

ObjectArguments::ObjectArguments(const Config& config, std::string class_name)
    : config_(config), class_name_(std::move(class_name)) {
  if (!config.is_dict() && !config.is_null()) {
    throw ValueError("Improper config format: the config of " + class_name_ + " is " + brief(config));
  }
}

const Config* ObjectArguments::find(const char* key) {
  known_.insert(key);
  return config_.find(key);
}

void ObjectArguments::wrong(const char* key, const Config& found, const char* why) const {
  throw TypeError(class_name_ + ": the value of '" + key + "' cannot be used: " + brief(found) + " (" + why + ")");
}

double ObjectArguments::number(const char* key, double fallback) {
  const auto* found = find(key);
  if (!found) return fallback;
  try {
    return found->as_double();
  } catch (const TypeError& error) {
    wrong(key, *found, error.what());
  }
}

std::int64_t ObjectArguments::integer(const char* key, std::int64_t fallback) {
  const auto* found = find(key);
  if (!found) return fallback;
  try {
    return found->as_int();
  } catch (const TypeError& error) {
    wrong(key, *found, error.what());
  }
}

std::string ObjectArguments::text(const char* key, const std::string& fallback) {
  const auto* found = find(key);
  if (!found) return fallback;
  if (!found->is_string()) wrong(key, *found, "a string is expected");
  return found->as_string();
}

Config ObjectArguments::value(const char* key, Config fallback) {
  const auto* found = find(key);
  return found ? *found : std::move(fallback);
}

std::optional<std::int64_t> ObjectArguments::seed() {
  const auto* found = find("seed");
  if (found && found->is_dict()) {
    const auto* inner = found->find("config");
    found = inner ? inner->find("seed") : nullptr;
  }
  if (!found || found->is_null()) return std::nullopt;
  if (!found->is_number()) wrong("seed", *found, "a number is expected");
  return found->as_int();
}

namespace {
bool says_nothing(const Config& value) { return value.is_null() || (value.is_bool() && !value.as_bool()); }
}  // namespace

std::optional<std::string> ObjectArguments::unknown() const {
  if (config_.is_null()) return std::nullopt;
  for (const auto& [key, value] : config_.as_dict()) {
    if (!known_.contains(key) && !says_nothing(value)) return key;
  }
  return std::nullopt;
}

void ObjectArguments::finish() const {
  if (config_.is_null()) return;
  if (const auto key = unknown()) {
    throw TypeError("__init__() got an unexpected keyword argument '" + *key + "' in the config of " + class_name_);
  }
  for (const auto& [key, value] : config_.as_dict()) {
    if (!known_.contains(key)) add_load_note({LoadNote::Kind::ignored_key, class_name_, key + " = " + value.dump()});
  }
}

}  // namespace hornbeam
