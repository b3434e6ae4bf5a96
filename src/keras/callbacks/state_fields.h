// Reading what a callback kept.
#pragma once

#include <optional>
#include <string>

#include "hornbeam/callbacks.hpp"

namespace hornbeam::callbacks {

// A number, or null for none.
Config kept_number(std::optional<double> value);
// Throw FormatError when a callback of another kind wrote the state.
std::optional<double> number_kept(const CallbackState& state, const char* name);
std::int64_t count_kept(const CallbackState& state, const char* name);

}  // namespace hornbeam::callbacks
