// The items of a dict by key, for what would be quadratic by searching.
#pragma once

#include <algorithm>
#include <vector>

#include "hornbeam/config.hpp"

namespace hornbeam::base {

inline std::vector<const Config::Item*> sorted_items(const Config::Dict& dict) {
  std::vector<const Config::Item*> items;
  items.reserve(dict.size());
  for (const auto& item : dict) items.push_back(&item);
  std::sort(items.begin(), items.end(), [](const auto* a, const auto* b) { return a->first < b->first; });
  return items;
}

}  // namespace hornbeam::base
