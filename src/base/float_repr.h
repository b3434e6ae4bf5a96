// Python's repr of a float: the shortest digits that read back as the same double.
#pragma once

#include <string>

namespace hornbeam::base {

// "0.1", "1.0", "1e-07", "1e+16", "nan", "inf", "-inf".
std::string float_repr(double value);
// The shortest that read back as the same float, as NumPy's str of a float32.
std::string float_repr(float value);

}  // namespace hornbeam::base
