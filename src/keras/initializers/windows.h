// The window functions of scipy.signal.get_window that need no parameters.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace hornbeam {

// `periodic` makes one more point and leaves the last out. Throws ValueError for unknown names.
std::vector<double> window_values(const std::string& name, std::size_t n, bool periodic);

}  // namespace hornbeam
