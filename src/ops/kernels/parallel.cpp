#include "ops/kernels/parallel.h"

#if defined(__linux__)
#include <sched.h>
#endif

#include <cstdlib>
#include <thread>

namespace hornbeam::kernels {
namespace {

std::atomic<int> g_threads{0};
thread_local int t_limit = 0;

// Those this process may run on.
long processors() {
#if defined(__linux__)
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof(set), &set) == 0) return CPU_COUNT(&set);
#endif
  return static_cast<long>(std::thread::hardware_concurrency());
}

int automatic_threads() {
  static const int value = [] {
    const char* text = std::getenv("HORNBEAM_NUM_THREADS");
    const long asked = text ? std::strtol(text, nullptr, 10) : 0;
    const long n = asked > 0 ? asked : processors();
    return static_cast<int>(std::clamp<long>(n, 1, kMostThreads));
  }();
  return value;
}

}  // namespace

int num_threads() {
  if (inside_job()) return 1;
  if (t_limit > 0) return t_limit;
  const int n = g_threads.load(std::memory_order_relaxed);
  return n > 0 ? n : automatic_threads();
}

void set_num_threads(int n) { g_threads.store(std::clamp(n, 0, kMostThreads), std::memory_order_relaxed); }

ThreadLimit::ThreadLimit(int n) : previous_(t_limit) { t_limit = std::clamp(n, 0, kMostThreads); }
ThreadLimit::~ThreadLimit() { t_limit = previous_; }

namespace detail {

void run_parts(int parts, void (*body)(void* context, std::size_t stage, Part part), void* context) {
  if (parts > 1) {
    const auto count = static_cast<std::uint8_t>(std::min(parts, kMostThreads));
    StageState state{0};
    Job job{body, context, 1, &count, &state, count};
    if (run_job(job)) return;
  }
  // The pool is taken: one part, which is all of it.
  body(context, 0, {});
}

}  // namespace detail
}  // namespace hornbeam::kernels
