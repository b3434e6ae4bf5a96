#include "keras/callbacks/state_fields.h"

#include "hornbeam/errors.hpp"

namespace hornbeam::callbacks {
namespace {

const Config& field_of(const CallbackState& state, const char* name) {
  const auto* found = state.values.is_dict() ? state.values.find(name) : nullptr;
  if (found && (found->is_null() || found->is_number())) return *found;
  throw FormatError("backup", "", std::string("what a callback of this kind keeps as ") + name,
                    found ? std::string("a ") + found->type_name() : "none");
}

}  // namespace

Config kept_number(std::optional<double> value) { return value ? Config(*value) : Config(); }

std::optional<double> number_kept(const CallbackState& state, const char* name) {
  const auto& field = field_of(state, name);
  return field.is_null() ? std::nullopt : std::optional(field.as_double());
}

std::int64_t count_kept(const CallbackState& state, const char* name) {
  const auto& field = field_of(state, name);
  if (!field.is_int() || field.as_int() < 0) {
    throw FormatError("backup", name, "a number that is not negative", field.dump());
  }
  return field.as_int();
}

}  // namespace hornbeam::callbacks
