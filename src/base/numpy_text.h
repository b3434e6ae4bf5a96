// Arrays of numbers as NumPy's str writes them.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace hornbeam::base {

// "[0.54012144 1.0156579  1.4442205 ]": columns of one width, at most 8 digits behind the point, with exponents where
// sizes differ much, lines of at most 75 characters, all of the elements. `dims`: one or more.
std::string numpy_text(std::span<const float> values, std::span<const std::int64_t> dims);
std::string numpy_text(std::span<const double> values, std::span<const std::int64_t> dims);

}  // namespace hornbeam::base
