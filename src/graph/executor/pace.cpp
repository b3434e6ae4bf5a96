#include "graph/executor/pace.h"

#include <algorithm>

namespace hornbeam::graph {
namespace {

// A team that gains less keeps other threads from better work.
constexpr float kGain = 0.95F;
// One run's share in the mean. A run far above the mean (a core taken away, pages touched for the first time) counts as
// twice the mean: several such runs in a row are needed to change the choice.
constexpr float kShare = 0.25F;

}  // namespace

bool Pace::exploring(std::uint32_t run) const {
  return run < 2 * kBurst || settled_.load(std::memory_order_relaxed) < kSettled;
}

bool Pace::team_is_faster() const {
  return by_team_.load(std::memory_order_relaxed) <= kGain * alone_.load(std::memory_order_relaxed);
}

bool Pace::team() const {
  const auto run = runs_.load(std::memory_order_relaxed);
  if (exploring(run)) return run / kBurst % 2 == 0;
  const bool team = team_is_faster();
  return run % (team ? kProbeAlone : kProbeTeam) < kBurst ? !team : team;
}

void Pace::record(bool team, std::chrono::nanoseconds time) {
  const auto run = runs_.load(std::memory_order_relaxed);
  const bool is_long = run > 0 && time.count() >= kLong;
  runs_.fetch_add(is_long ? kBurst - run % kBurst : 1, std::memory_order_relaxed);
  // Pages of weights and arena are touched for the first time; threads may have to be woken for the first of a burst.
  // A long run says enough all the same.
  if (!is_long && (run < 2 || run % kBurst == 0)) return;
  const bool explored = exploring(run);
  if (explored) settled_.fetch_add(time.count(), std::memory_order_relaxed);
  auto& kept = team ? by_team_ : alone_;
  const auto now = static_cast<float>(time.count());
  const float old = kept.load(std::memory_order_relaxed);
  // What is only tried is judged by the best run of its burst, what is in use by a running mean.
  const bool probed = !explored && team != team_is_faster();
  if (old == 0 || (probed && (is_long || run % kBurst == 1))) {
    kept.store(now, std::memory_order_relaxed);
  } else if (explored || probed) {
    kept.store(std::min(old, now), std::memory_order_relaxed);
  } else {
    kept.store(old + kShare * (std::min(now, 2 * old) - old), std::memory_order_relaxed);
  }
}

}  // namespace hornbeam::graph
