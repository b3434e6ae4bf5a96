#include "keras/optimizers/patterns.h"

#include <map>
#include <mutex>

namespace hornbeam {

std::shared_ptr<const re2::RE2> compiled_pattern(const std::string& pattern) {
  constexpr std::size_t kMost = 256;
  static std::mutex mutex;
  static std::map<std::string, std::shared_ptr<const re2::RE2>> known;
  const std::lock_guard lock(mutex);
  if (known.size() > kMost) known.clear();
  auto& found = known[pattern];
  if (!found) found = std::make_shared<const re2::RE2>(pattern, re2::RE2::Quiet);
  return found;
}

}  // namespace hornbeam
