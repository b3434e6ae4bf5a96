// Layers that compute otherwise than when they were built, by other variables: functions that were traced before are
// stale. Counted over all models, for it is rare.
#pragma once

#include <atomic>
#include <cstdint>

namespace hornbeam {

inline std::atomic<std::uint64_t>& restructured_layers() {
  static std::atomic<std::uint64_t> count{0};
  return count;
}

}  // namespace hornbeam
