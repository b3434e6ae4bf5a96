// Runs tasks in processes of their own, so that a crash, a hang or a flood of memory is one task's failure.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "attempt.h"

namespace hornbeam::attacks {

struct Limits {
  double seconds = 10;  // of processor time; a hang is three times as long on the clock
  std::int64_t rss_mb = 512;
};

struct Task {
  std::string id;
  std::function<Outcome()> run;  // in the child
  Limits limits;
};

struct Result {
  Config outcome;       // Outcome::to_config(); null when there is none
  std::string failure;  // "crash (signal 11)", "hang", "12.3 s", "700 MB", or none
  double seconds = 0;
};

// One process takes up to `per_process` tasks, one after the other; a new one goes on behind a task that ended it.
std::vector<Result> run_all(const std::vector<Task>& tasks, std::size_t per_process);

}  // namespace hornbeam::attacks
