// Keras's progress bar, for long work: on a terminal only, and only when asked for.
#pragma once

#include <cstdint>

namespace hornbeam::base {

class ProgressBar {
 public:
  // Quiet unless `verbose` is set and standard output is a terminal.
  ProgressBar(std::int64_t target, bool verbose);
  void update(std::int64_t current);

 private:
  std::int64_t target_;
  bool shown_;
  double started_;
};

}  // namespace hornbeam::base
