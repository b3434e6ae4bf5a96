#include "ops/kernels/parallel.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>
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
  run_parts(2, [&](Part part) { nested[static_cast<size_t>(part.index)] = num_threads(); });
  for (const int n : nested) EXPECT_EQ(n, 1);
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

// Every part of a stage sees what all parts of the stage before wrote, whoever ran them.
TEST(Parallel, StagesFollowEachOther) {
  constexpr int kThreads = 3;
  constexpr std::size_t kStages = 400;
  struct Context {
    std::vector<int> value = std::vector<int>(kThreads);
    std::atomic<int> wrong{0};
  } context;
  const auto body = [](void* opaque, std::size_t stage, Part part) {
    auto& c = *static_cast<Context*>(opaque);
    if (stage % 2 == 0) {
      c.value[static_cast<size_t>(part.index)] = static_cast<int>(stage);
    } else {
      for (const int v : c.value) c.wrong += v != static_cast<int>(stage) - 1;
    }
  };
  std::vector<StageState> states(kStages);
  const std::vector<std::uint8_t> parts(kStages, kThreads);
  for (int repeat = 0; repeat < 50; ++repeat) {
    Job job{body, &context, kStages, parts.data(), states.data(), kThreads};
    ASSERT_TRUE(run_job(job));
  }
  EXPECT_EQ(context.wrong, 0);
}

// Callers that find the pool taken work alone: every part of every caller's work is done once.
TEST(Parallel, ManyCallersAtOnce) {
  constexpr int kCallers = 8;
  std::vector<std::thread> callers;
  std::atomic<int64_t> sum{0};
  for (int i = 0; i < kCallers; ++i) {
    callers.emplace_back([&] {
      const ThreadLimit three(3);
      for (int repeat = 0; repeat < 200; ++repeat) parallel_for(300, 10, [&](int64_t b, int64_t e) { sum += e - b; });
    });
  }
  for (auto& t : callers) t.join();
  EXPECT_EQ(sum, int64_t{kCallers} * 200 * 300);
}

// A part that fails is the caller's error, whoever ran it, and the pool goes on.
TEST(Parallel, ExceptionsAreTheCallers) {
  for (int repeat = 0; repeat < 20; ++repeat) {
    EXPECT_THROW(run_parts(3,
                           [](Part part) {
                             if (part.index == 1) throw std::runtime_error("part 1");
                           }),
                 std::runtime_error);
    std::atomic<int> parts{0};
    run_parts(3, [&](Part) { ++parts; });
    EXPECT_EQ(parts, 3);
  }
}

// A part waits for the other, which only another thread can begin: one that slept too long to be spinning still.
TEST(Parallel, SleepersWake) {
  using Clock = std::chrono::steady_clock;
  for (int repeat = 0; repeat < 5; ++repeat) {
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    std::atomic<int> begun{0}, met{0};
    run_parts(2, [&](Part) {
      ++begun;
      const auto end = Clock::now() + std::chrono::seconds(20);
      while (begun < 2 && Clock::now() < end) std::this_thread::yield();
      met += begun == 2;
    });
    EXPECT_EQ(met, 2);
  }
}

TEST(Parallel, DenormalsModeIsRestoredAndHandedOn) {
  volatile float tiny = 1e-39F;
  std::vector<float> inside(2, 1.0F), after(2, 0.0F);
  const auto halve = [&](std::vector<float>& out) {
    run_parts(2, [&](Part part) {
      const auto end =
          std::chrono::steady_clock::now() + std::chrono::milliseconds(1);  // so that the other thread comes
      while (std::chrono::steady_clock::now() < end) continue;
      out[static_cast<size_t>(part.index)] = tiny * 0.5F;
    });
  };
  {
    const DenormalsAreZero flush;
    halve(inside);
  }
  halve(after);
  for (size_t i = 0; i < 2; ++i) {
#if defined(__x86_64__) || defined(__aarch64__)
    EXPECT_EQ(inside[i], 0.0F);
#endif
    EXPECT_GT(after[i], 0.0F);
  }
  EXPECT_GT(tiny * 0.5F, 0.0F);
}

}  // namespace
}  // namespace hornbeam::kernels
