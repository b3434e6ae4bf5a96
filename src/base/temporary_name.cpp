#include "base/temporary_name.h"

#include <unistd.h>

#include <atomic>

namespace hornbeam::base {
namespace {

constexpr std::string_view kMark = ".hornbeam-";  // then the process and a number

}  // namespace

std::string temporary_name(const std::string& path) {
  static std::atomic<unsigned> counter{0};
  return path + std::string(kMark) + std::to_string(::getpid()) + "-" + std::to_string(counter++);
}

bool is_temporary_of(std::string_view name, std::string_view file) {
  if (!name.starts_with(file) || !name.substr(file.size()).starts_with(kMark)) return false;
  const auto number = name.substr(file.size() + kMark.size());
  const auto dash = number.find('-');
  return number.find_first_not_of("0123456789-") == number.npos && dash != number.npos && dash == number.rfind('-');
}

bool is_temporary(std::string_view name) {
  const auto mark = name.rfind(kMark);
  return mark != name.npos && is_temporary_of(name, name.substr(0, mark));
}

}  // namespace hornbeam::base
