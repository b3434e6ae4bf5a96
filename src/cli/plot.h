// A history as a picture.
#pragma once

#include <string>

#include "hornbeam/training.hpp"

namespace hornbeam::cli {

// SVG text: a panel for each measure, with its training and (dashed) validation curves, axes and names.
std::string history_svg(const History& history);

}  // namespace hornbeam::cli
