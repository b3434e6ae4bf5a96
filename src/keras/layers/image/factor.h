// The factors of random image layers: a number, or two bounds.
#pragma once

#include <string>

#include "hornbeam/config.hpp"

namespace hornbeam {

struct FactorRange {
  double low, high;
};
// A list as Python prints a tuple: (0.1, 0.2).
std::string tuple_text(const Config& factor);
// A number f stands for [-f, f]. Throws ValueError unless it is a number or a list of two.
FactorRange factor_range(const Config& factor, const char* name);
// Throws ValueError in Keras's words unless -1 <= low <= high <= 1.
FactorRange checked_factor(const Config& factor, const char* name);

}  // namespace hornbeam
