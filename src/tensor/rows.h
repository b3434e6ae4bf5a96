// Some rows of a tensor.
#pragma once

#include <cstdint>

#include "hornbeam/tensor.hpp"

namespace hornbeam {

// Rows [from, to) of a concrete tensor, along its first dim: a view that keeps the memory alive.
Tensor rows_of(const Tensor& t, std::int64_t from, std::int64_t to);

}  // namespace hornbeam
