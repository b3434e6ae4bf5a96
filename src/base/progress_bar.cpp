#include "base/progress_bar.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>

namespace hornbeam::base {
namespace {

constexpr std::int64_t kWidth = 30;
constexpr double kInterval = 0.05;  // seconds between two states of the bar

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

std::string time_per(const char* unit, double time) {
  if (time >= 1 || time == 0) return fmt::format("{:.0f}s/{}", time, unit);
  if (time >= 1e-3) return fmt::format("{:.0f}ms/{}", time * 1e3, unit);
  return fmt::format("{:.0f}us/{}", time * 1e6, unit);
}

std::string per_step(double seconds, std::int64_t steps) {
  return time_per("step", seconds / static_cast<double>(std::max<std::int64_t>(steps, 1)));
}

std::string results(std::span<const std::string> names, std::span<const double> values) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    text += std::abs(values[i]) > 1e-3 ? fmt::format(" - {}: {:.4f}", names[i], values[i])
                                       : fmt::format(" - {}: {:.4e}", names[i], values[i]);
  }
  return text;
}

void print(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

}  // namespace

ProgressBar::ProgressBar(std::int64_t steps, int verbose, std::int64_t epoch, std::int64_t epochs)
    : steps_(steps), moves_(verbose == 1 && ::isatty(STDOUT_FILENO) == 1), lines_(verbose == 2), started_(now()) {
  if ((moves_ || lines_) && epochs > 0) print(fmt::format("Epoch {}/{}\n", epoch, epochs));
}

// " 3/10 [========>.....................]"
std::string ProgressBar::bar(std::int64_t done) const {
  if (steps_ <= 0) return fmt::format("{:>7}/Unknown", done);
  const auto filled = steps_ > 0 ? kWidth * done / steps_ : kWidth;
  std::string text(static_cast<std::size_t>(std::max<std::int64_t>(filled - 1, 0)), '=');
  if (filled > 0) text += done < steps_ ? '>' : '=';
  text.resize(static_cast<std::size_t>(kWidth), '.');
  return fmt::format("{:>{}}/{} [{}]", done, std::to_string(steps_).size(), steps_, text);
}

std::string ProgressBar::eta(std::int64_t done) const {
  const auto each = (now() - started_) / static_cast<double>(std::max<std::int64_t>(done, 1));
  const auto left = static_cast<std::int64_t>(each * static_cast<double>(steps_ - done));
  if (left > 3600) return fmt::format(" - ETA: {}:{:02}:{:02}", left / 3600, left % 3600 / 60, left % 60);
  if (left > 60) return fmt::format(" - ETA: {}:{:02}", left / 60, left % 60);
  return fmt::format(" - ETA: {}s", left);
}

// In place of what stands on the line: nothing of a longer one stays.
std::string ProgressBar::over(std::string line) {
  const auto length = line.size();
  if (length < shown_) line.append(shown_ - length, ' ');
  shown_ = length;
  return "\r" + line;
}

void ProgressBar::update(std::int64_t done, std::span<const std::string> names, std::span<const double> values) {
  if (!moves_ || (steps_ > 0 && done >= steps_) || now() - printed_ < kInterval) return;
  print(over(bar(done) + (steps_ > 0 ? eta(done) : "") + results(names, values)));
  printed_ = now();
}

void ProgressBar::finish(std::int64_t done, std::span<const std::string> names, std::span<const double> values) {
  if (!moves_ && !lines_) return;
  const auto seconds = now() - started_;
  if (moves_) {
    print(over(bar(done) + fmt::format(" - {:.0f}s ", seconds) + per_step(seconds, done) + results(names, values)) +
          "\n");
    return;
  }
  print(fmt::format("{}/{} - {:.0f}s", done, steps_ > 0 ? std::to_string(steps_) : "Unknown", seconds) +
        results(names, values) + " - " + time_per("epoch", seconds) + " - " + per_step(seconds, done) + "\n");
}

}  // namespace hornbeam::base
