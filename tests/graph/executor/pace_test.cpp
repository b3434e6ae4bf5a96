#include "graph/executor/pace.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <vector>

namespace hornbeam::graph {
namespace {

using std::chrono::milliseconds;

// Which runs were a team's, of `runs` that take so long each way.
std::vector<bool> played(Pace& pace, int runs, milliseconds team, milliseconds alone) {
  std::vector<bool> by_team;
  for (int i = 0; i < runs; ++i) {
    by_team.push_back(pace.team());
    pace.record(by_team.back(), by_team.back() ? team : alone);
  }
  return by_team;
}

TEST(Pace, OneLongRunAloneIsEnough) {
  Pace pace;
  const auto runs = played(pace, 100, milliseconds(1000), milliseconds(1900));
  EXPECT_THAT(std::vector<bool>(runs.begin(), runs.begin() + 3), testing::ElementsAre(true, true, false));
  EXPECT_EQ(std::count(runs.begin(), runs.end(), false), 1);
}

TEST(Pace, TheFasterWayIsKept) {
  Pace pace;
  played(pace, 100, milliseconds(2), milliseconds(1));
  const auto runs = played(pace, 60, milliseconds(2), milliseconds(1));
  EXPECT_LE(std::count(runs.begin(), runs.end(), true), 4);
}

}  // namespace
}  // namespace hornbeam::graph
