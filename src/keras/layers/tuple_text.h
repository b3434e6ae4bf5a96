// Lists in the words of errors.
#pragma once

#include <string>

#include "hornbeam/config.hpp"

namespace hornbeam {

// A list, and lists in it, as Python prints tuples: (0.1, 0.2).
std::string tuple_text(const Config& value);

}  // namespace hornbeam
