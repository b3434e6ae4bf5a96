// The `axis` argument of losses that may sum over everything.
#pragma once

#include "hornbeam/config.hpp"
#include "hornbeam/ops.hpp"

namespace hornbeam::losses {

// Of null (all), a number or a list of numbers. Throws TypeError for anything else.
inline ops::Axes axes_of(const Config& axis) { return axis.is_null() ? ops::Axes() : ops::Axes(axis.as_ints()); }

}  // namespace hornbeam::losses
