// Results as others tell them.
#pragma once

#include <string>

#include "hornbeam/config.hpp"
#include "hornbeam/history.hpp"

namespace hornbeam::training {

// A number, or lists of them.
Config to_config(const Result& result);
// As Python writes it: str of a number or of NumPy's array.
std::string to_text(const Result& result);
// What CSV files have of an array: "[0.5, 0.25]", its items as to_text.
std::string array_list(const Result& result);

}  // namespace hornbeam::training
