#include "keras/migration/config_difference.h"

#include <algorithm>
#include <cmath>

namespace hornbeam {
namespace {

// Enough to see what it is.
std::string brief(const Config& c) {
  constexpr std::size_t kMost = 80;
  const auto text = c.dump();
  return text.size() <= kMost ? text : text.substr(0, kMost) + "...";
}

bool is_nan(const Config& c) { return c.is_float() && std::isnan(c.as_double()); }

const Config& value_of(const Config& c, const std::string& key) {
  static const Config kNull;
  const auto* value = c.find(key);
  return value ? *value : kNull;
}

}  // namespace

// NOLINTNEXTLINE(misc-no-recursion): as deep as the configs, which their parser bounds.
void config_differences(const Config& a, const Config& b, const std::string& place, std::vector<std::string>& found) {
  if (a.equivalent(b)) return;
  if (a.is_dict() && b.is_dict()) {
    const auto under = [&](const std::string& key) { return place.empty() ? key : place + "." + key; };
    for (const auto& [key, value] : a.as_dict()) config_differences(value, value_of(b, key), under(key), found);
    for (const auto& [key, value] : b.as_dict()) {
      if (!a.has(key)) config_differences({}, value, under(key), found);
    }
  } else if (a.is_list() && b.is_list() && a.size() == b.size()) {
    for (std::size_t i = 0; i < a.size(); ++i) {
      config_differences(a.at(i), b.at(i), place + "[" + std::to_string(i) + "]", found);
    }
  } else if (!is_nan(a) || !is_nan(b)) {
    found.push_back(place + ": " + brief(a) + " and " + brief(b));
  }
}

}  // namespace hornbeam
