// The hash that picks a fixed tenth of what has a name.
#pragma once

#include <cstdint>
#include <string>

namespace hornbeam::testing_support {

inline std::uint32_t fnv1a(const std::string& text) {
  std::uint32_t hash = 2166136261U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  return hash;
}

}  // namespace hornbeam::testing_support
