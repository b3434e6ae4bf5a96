// How far arrays of two models are apart.
#pragma once

#include <string>
#include <vector>

#include "hornbeam/comparison.hpp"

namespace hornbeam {

// The least largest element that arrays are judged by (ArrayComparison::relative).
inline constexpr double kStored = 0, kComputed = 1e-3;

// What keeps two arrays from being compared number by number: "float32 and int32", "(2,) and (3,)", "other strings".
// Empty when they can be, and of equal strings.
std::string difference_in_kind(const Tensor& a, const Tensor& b);

// Does it hold a finite number, or anything that is none?
bool has_finite(const Tensor& array);

// `names`: of a's arrays, for `where`; fewer are numbered. Different counts are infinitely far apart.
ArrayComparison compare_arrays(std::string part, const std::vector<Tensor>& a, const std::vector<Tensor>& b,
                               const std::vector<std::string>& names, double least_largest);

}  // namespace hornbeam
