#include "base/progress_bar.h"

#include <fmt/core.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <string>

namespace hornbeam::base {
namespace {
double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }
constexpr std::int64_t kWidth = 30;
}  // namespace

ProgressBar::ProgressBar(std::int64_t target, bool verbose)
    : target_(target), shown_(verbose && ::isatty(STDOUT_FILENO) == 1), started_(now()) {}

void ProgressBar::update(std::int64_t current) {
  if (!shown_ || target_ <= 0) return;
  const auto filled = kWidth * current / target_;
  std::string bar(static_cast<std::size_t>(filled), '=');
  if (current < target_) bar += '>';
  bar.resize(static_cast<std::size_t>(kWidth), current < target_ ? '.' : '=');
  const auto elapsed = now() - started_;
  fmt::print("\r{}/{} [{}] - {:.0f}s {:.0f}ms/step", current, target_, bar, elapsed,
             1e3 * elapsed / static_cast<double>(current));
  if (current >= target_) fmt::print("\n");
  std::fflush(stdout);
}

}  // namespace hornbeam::base
