// Regular expressions that optimizers know variables by.
#pragma once

#include <re2/re2.h>

#include <memory>
#include <string>

namespace hornbeam {

// Compiled once for all variables and optimizers. RE2 runs in linear time whatever the pattern. Look at ok() first.
std::shared_ptr<const re2::RE2> compiled_pattern(const std::string& pattern);

}  // namespace hornbeam
