// Weights as recorders keep them: arrays by number, and paths of which the layers' numbers are left out.
#pragma once

#include <string>
#include <vector>

#include "hornbeam/hornbeam.hpp"
#include "keras/recorded.h"

namespace hornbeam::testing_support {

// STEM/0, STEM/1, ... as many as there are.
inline std::vector<Tensor> numbered_arrays(const Recorded& recorded, const std::string& stem) {
  std::vector<Tensor> all;
  for (;;) {
    const auto found = recorded.arrays.find(stem + "/" + std::to_string(all.size()));
    if (found == recorded.arrays.end()) return all;
    all.push_back(found->second);
  }
}

// What follows the last '/'.
inline std::string last_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }
inline std::vector<std::string> last_names(const std::vector<Variable>& variables) {
  std::vector<std::string> names;
  for (const auto& v : variables) names.push_back(last_name(v->path()));
  return names;
}
inline std::vector<std::string> last_names(const Config& paths) {
  std::vector<std::string> names;
  for (const auto& path : paths.as_list()) names.push_back(last_name(path.as_string()));
  return names;
}

}  // namespace hornbeam::testing_support
