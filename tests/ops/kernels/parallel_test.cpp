#include "ops/kernels/parallel.h"

#include <gtest/gtest.h>
#include <omp.h>

#include <vector>

namespace hornbeam::kernels {
namespace {

TEST(Parallel, SlicesCoverOnce) {
  for (int64_t n : {0, 1, 5, 64, 101})
    for (int count : {1, 2, 3, 7})
      for (int64_t align : {1, 6, 16}) {
        int64_t at = 0;
        for (int i = 0; i < count; ++i) {
          const Range r = slice(n, {i, count}, align);
          EXPECT_EQ(r.begin, at);
          EXPECT_TRUE(r.begin % align == 0 || r.begin == n);
          at = r.end;
        }
        EXPECT_EQ(at, n);
      }
}

TEST(Parallel, SmallWorkDoesNotFork) {
  set_num_threads(4);
  int calls = 0;
  parallel_for(10, 100, [&](int64_t b, int64_t e) {
    ++calls;
    EXPECT_EQ(b, 0);
    EXPECT_EQ(e, 10);
  });
  EXPECT_EQ(calls, 1);
  set_num_threads(0);
}

TEST(Parallel, NestedIsSerial) {
  std::vector<int> nested(2, -1);
  run_team(2, [&](Part part, Barrier&) { nested[static_cast<size_t>(part.index)] = num_threads(); });
  for (const int n : nested) EXPECT_TRUE(n == 1 || n == -1);
  EXPECT_EQ(nested[0], omp_get_max_threads() > 1 ? 1 : nested[0]);
}

TEST(Parallel, LimitIsScoped) {
  set_num_threads(3);
  EXPECT_EQ(num_threads(), 3);
  {
    const ThreadLimit one(1);
    EXPECT_EQ(num_threads(), 1);
  }
  EXPECT_EQ(num_threads(), 3);
  set_num_threads(0);
}

TEST(Parallel, BarrierSeparatesSteps) {
  std::vector<int> value(2), seen(2);
  run_team(2, [&](Part part, Barrier& barrier) {
    for (int step = 1; step <= 1000; ++step) {
      for (int i = part.index; i < 2; i += part.count) value[static_cast<size_t>(i)] = step;
      barrier.wait();
      if (value[0] == step && value[1] == step) ++seen[static_cast<size_t>(part.index)];
      barrier.wait();
    }
  });
  EXPECT_EQ(seen[0], 1000);
}

TEST(Parallel, DenormalsModeIsRestoredAndHandedOn) {
  volatile float tiny = 1e-39F;
  std::vector<float> inside(2, 1.0F), after(2, 0.0F);
  {
    const DenormalsAreZero flush;
    run_team(2, [&](Part part, Barrier&) { inside[static_cast<size_t>(part.index)] = tiny * 0.5F; });
  }
  run_team(2, [&](Part part, Barrier&) { after[static_cast<size_t>(part.index)] = tiny * 0.5F; });
#if defined(__x86_64__) || defined(__aarch64__)
  EXPECT_EQ(inside[0], 0.0F);
#endif
  EXPECT_GT(after[0], 0.0F);
  EXPECT_GT(tiny * 0.5F, 0.0F);
}

}  // namespace
}  // namespace hornbeam::kernels
