// Where two configs differ.
#pragma once

#include <string>
#include <vector>

#include "hornbeam/config.hpp"

namespace hornbeam {

// A line per place, "config.layers[1].units: 8 and 16", appended to `found`. Keys that one of them lacks or has null
// are alike.
void config_differences(const Config& a, const Config& b, const std::string& place, std::vector<std::string>& found);

}  // namespace hornbeam
