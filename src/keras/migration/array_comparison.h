// How far arrays of two models are apart.
#pragma once

#include <string>
#include <vector>

#include "hornbeam/comparison.hpp"

namespace hornbeam {

// `names`: of a's arrays, for `where`; fewer are numbered. Different counts are infinitely far apart.
ArrayComparison compare_arrays(std::string part, const std::vector<Tensor>& a, const std::vector<Tensor>& b,
                               const std::vector<std::string>& names = {});

}  // namespace hornbeam
