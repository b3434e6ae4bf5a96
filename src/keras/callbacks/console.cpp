#include "keras/callbacks/console.h"

#include <fmt/core.h>

#include <cstdio>

namespace hornbeam::callbacks {

void print_line(const std::string& text) {
  const auto line = text + "\n";
  std::fwrite(line.data(), 1, line.size(), stdout);
  std::fflush(stdout);
}

std::string epoch_words(std::int64_t epoch, Target target) {
  return target == Target::tf22 ? fmt::format("Epoch {:05d}", epoch + 1) : fmt::format("Epoch {}", epoch + 1);
}

}  // namespace hornbeam::callbacks
