#include "keras/callbacks/newest_file.h"

#include <sys/stat.h>

#include <filesystem>

namespace hornbeam::callbacks {
namespace {

bool fits(const std::string& name, const std::string& pattern) {
  const auto begin = pattern.find('{'), end = pattern.rfind('}');
  if (begin == pattern.npos || end == pattern.npos || end < begin) return name == pattern;
  const auto before = pattern.substr(0, begin), after = pattern.substr(end + 1);
  return name.size() >= before.size() + after.size() && name.starts_with(before) && name.ends_with(after);
}

}  // namespace

std::optional<std::string> newest_file(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == path.npos) return std::nullopt;
  const auto folder = path.substr(0, slash), pattern = path.substr(slash + 1);
  std::optional<std::string> newest;
  timespec written{};
  std::error_code ignored;  // a folder that is missing has none
  for (const auto& entry : std::filesystem::directory_iterator(folder.empty() ? "/" : folder, ignored)) {
    const auto name = entry.path().filename().string();
    struct stat there {};
    if (!fits(name, pattern) || ::stat(entry.path().c_str(), &there) != 0) continue;
    const auto found = folder + "/" + name;
    const auto& now = there.st_mtim;
    const bool same = now.tv_sec == written.tv_sec && now.tv_nsec == written.tv_nsec;
    const bool later = now.tv_sec != written.tv_sec ? now.tv_sec > written.tv_sec : now.tv_nsec > written.tv_nsec;
    if (!newest || later || (same && found > *newest)) {
      newest = found;
      written = now;
    }
  }
  return newest;
}

}  // namespace hornbeam::callbacks
