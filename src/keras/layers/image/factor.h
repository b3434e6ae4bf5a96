// The factors of random image layers: a number, or two bounds.
#pragma once

#include <string>

#include "hornbeam/config.hpp"

namespace hornbeam {

struct FactorRange {
  double low, high;
};
// A number f stands for [-f, f]. Throws ValueError unless it is a number or a list of two.
FactorRange factor_range(const Config& factor, const char* name);
// Throws ValueError in Keras's words unless -1 <= low <= high <= 1.
FactorRange checked_factor(const Config& factor, const char* name);

// As Keras 3's augmentation layers keep a factor: the sorted pair of bounds. A number f stands for [-f, f], cut at the
// least. Throws ValueError in Keras's words unless it is a number between the least and the most, or a pair that
// reaches between them.
Config factor_bounds(const Config& factor, std::int64_t least, std::int64_t most, const char* name = "factor");
// The sorted pair. Throws ValueError in Keras's words unless there are two numbers.
Config sorted_value_range(const Config& value_range);
// The two numbers, as they stand. Throws ValueError as above.
FactorRange value_range_of(const Config& value_range);
bool is_number(const Config& value);

}  // namespace hornbeam
