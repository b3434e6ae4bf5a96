// Python's repr of a float: the shortest digits that read back as the same double.
#pragma once

#include <string>

namespace hornbeam::base {

// "0.1", "1.0", "1e-07", "1e+16", "nan", "inf", "-inf".
std::string float_repr(double value);

}  // namespace hornbeam::base
