// All public ops.
#pragma once

#include "hornbeam/ops_math.hpp"
#if __has_include("hornbeam/ops_array.hpp")
#include "hornbeam/ops_array.hpp"
#endif
