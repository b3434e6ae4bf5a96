// A history as a picture.
#pragma once

#include <string>

#include "hornbeam/training.hpp"

namespace hornbeam::cli {

// SVG text: one curve per entry, on one scale.
std::string history_svg(const History& history);

}  // namespace hornbeam::cli
