// Paths with fields in braces, filled in as Python's str.format does with keywords.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "hornbeam/training.hpp"

namespace hornbeam::callbacks {

// Whole numbers by name, then the results of `logs`. Throws KeyError "'name'" for a field of another name, ValueError
// for a form that numbers have not.
std::string fill_path(const std::string& path, const std::vector<std::pair<std::string, std::int64_t>>& counts,
                      const Logs& logs);

}  // namespace hornbeam::callbacks
