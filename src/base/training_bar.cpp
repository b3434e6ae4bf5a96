#include "base/training_bar.h"

#include <fmt/core.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <cstdio>

namespace hornbeam::base {
namespace {

constexpr std::int64_t kWidth = 30;
double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

std::string time_text(double seconds, std::int64_t steps) {
  const auto per_step = seconds / static_cast<double>(std::max<std::int64_t>(steps, 1));
  if (per_step >= 1 || per_step == 0) return fmt::format("{:.0f}s {:.0f}s/step", seconds, per_step);
  if (per_step >= 1e-3) return fmt::format("{:.0f}s {:.0f}ms/step", seconds, per_step * 1e3);
  return fmt::format("{:.0f}s {:.0f}us/step", seconds, per_step * 1e6);
}

}  // namespace

TrainingBar::TrainingBar(std::int64_t steps, int verbose, std::int64_t epoch, std::int64_t epochs)
    : steps_(steps), moves_(verbose == 1 && ::isatty(STDOUT_FILENO) == 1), lines_(verbose == 2), started_(now()) {
  if ((moves_ || lines_) && epochs > 0) fmt::print("Epoch {}/{}\n", epoch, epochs);
}

void TrainingBar::print(std::int64_t done, std::span<const std::string> names, std::span<const double> values) const {
  std::string text = moves_ ? "\r" : "";
  text += fmt::format("{}/{}", done, steps_);
  if (moves_) {
    const auto filled = steps_ > 0 ? kWidth * done / steps_ : kWidth;
    std::string bar(static_cast<std::size_t>(filled), '=');
    if (done < steps_) bar += '>';
    bar.resize(static_cast<std::size_t>(kWidth), done < steps_ ? '.' : '=');
    text += " [" + bar + "]";
  }
  text += " - " + time_text(now() - started_, done);
  for (std::size_t i = 0; i < names.size(); ++i) {
    text += std::abs(values[i]) > 1e-3 ? fmt::format(" - {}: {:.4f}", names[i], values[i])
                                       : fmt::format(" - {}: {:.4e}", names[i], values[i]);
  }
  fmt::print("{}", text);
  std::fflush(stdout);
}

void TrainingBar::update(std::int64_t done, std::span<const std::string> names, std::span<const double> values) {
  if (!moves_ || now() - printed_ < 0.05) return;
  print(done, names, values);
  printed_ = now();
}

void TrainingBar::finish(std::span<const std::string> names, std::span<const double> values) {
  if (!moves_ && !lines_) return;
  print(steps_, names, values);
  fmt::print("\n");
  std::fflush(stdout);
}

}  // namespace hornbeam::base
