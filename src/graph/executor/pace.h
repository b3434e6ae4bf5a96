// How many threads a plan runs on, by what its runs took: a team is worth it on a quiet machine and not beside a busy
// neighbour, and no model of the work knows which it is. Thread-safety: any number of threads at once.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace hornbeam::graph {

class Pace {
 public:
  // Should the next run be by a team? Now and then it is the slower way's turn, to see whether it still is.
  bool team() const;

  // Tells how long a run took.
  void record(bool team, std::chrono::nanoseconds time);

 private:
  // Ways are tried in bursts of runs. A new plan's first bursts try both in turn, for so long: new threads may share a
  // processor until the system's scheduler has looked. Afterwards one burst in so many runs tries the slower way: often
  // when that is the team, for a neighbour may have left; seldom when it is one thread, which costs most and changes
  // least. A run so long is a burst by itself: four steps of a big model on one thread would be seconds.
  static constexpr std::uint32_t kBurst = 4;
  static constexpr std::int64_t kLong = 20'000'000;     // ns
  static constexpr std::int64_t kSettled = 60'000'000;  // ns
  static constexpr std::uint32_t kProbeTeam = 64, kProbeAlone = 1024;

  bool exploring(std::uint32_t run) const;
  bool team_is_faster() const;

  std::atomic<std::uint32_t> runs_{0};
  std::atomic<std::int64_t> settled_{0};
  std::atomic<float> alone_{0}, by_team_{0};  // ns; 0: not known
};

}  // namespace hornbeam::graph
