// Thread policy of the CPU kernels: OpenMP only (oneDNN's runtime), never a second pool.
//
// A kernel is written for one Part of its work; the caller decides who runs which part. Two ways to run all parts:
// `parallel_for` (fork, join) and `run_team` (one fork for many kernels, with a spin barrier between them: a fork costs
// 1-2 us, a barrier 0.2 us). Splits are over independent outputs only, so results never depend on the number of parts.
// Thread-safety: everything here may be called from any thread; inside a parallel region all work is serial.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <type_traits>

namespace hornbeam::kernels {

// One of `count` shares of a kernel's work.
struct Part {
  int index = 0;
  int count = 1;
};

struct Range {
  int64_t begin = 0;
  int64_t end = 0;
};

// The share of [0, n) that belongs to `part`, cut at multiples of `align`.
inline Range slice(int64_t n, Part part, int64_t align = 1) {
  const int64_t blocks = (n + align - 1) / align;
  const auto cut = [&](int i) { return std::min(n, blocks * i / part.count * align); };
  return {cut(part.index), cut(part.index + 1)};
}

// Threads a kernel called now on this thread may use: 1 inside a parallel region; else the innermost ThreadLimit, else
// set_num_threads, else HORNBEAM_NUM_THREADS, else 1.
int num_threads();
// Process-wide default; 0 restores the automatic choice.
void set_num_threads(int n);

// Limits the calling thread's kernels to `n` threads while it lives.
class ThreadLimit {
 public:
  explicit ThreadLimit(int n);
  ~ThreadLimit();
  ThreadLimit(const ThreadLimit&) = delete;
  ThreadLimit& operator=(const ThreadLimit&) = delete;

 private:
  int previous_;
};

// Flushes denormals to zero on the calling thread while it lives (they cost 2x in division); the regions below hand
// the caller's mode to their workers and restore the workers' own.
class DenormalsAreZero {
 public:
  DenormalsAreZero();
  ~DenormalsAreZero();
  DenormalsAreZero(const DenormalsAreZero&) = delete;
  DenormalsAreZero& operator=(const DenormalsAreZero&) = delete;

 private:
  uint64_t previous_;
};

// All parts wait for each other: spins, then yields, so that a busy neighbour costs its share and no more.
class Barrier {
 public:
  explicit Barrier(int count) : count_(count) {}
  void wait();

 private:
  int count_;
  alignas(64) std::atomic<int> arrived_{0};
  alignas(64) std::atomic<int> generation_{0};
};

namespace detail {
using Body = void (*)(void* context, Part part, Barrier& barrier);
void run_region(int threads, Body body, void* context);
}  // namespace detail

// Calls fn(Part, Barrier&) once per part on `threads` threads. Every part must pass the same barriers.
// The function must not throw.
template <class Fn>
void run_team(int threads, Fn&& fn) {
  using F = std::remove_reference_t<Fn>;
  detail::run_region(
      threads, [](void* context, Part part, Barrier& barrier) { (*static_cast<F*>(context))(part, barrier); },
      const_cast<void*>(static_cast<const void*>(&fn)));
}

// How many threads are worth forking for n items when `grain` items take about 10 us.
inline int useful_threads(int64_t n, int64_t grain) {
  if (n < 2 * grain) return 1;
  return static_cast<int>(std::min<int64_t>(num_threads(), n / std::max<int64_t>(grain, 1)));
}

// fn(begin, end) over a disjoint cover of [0, n). `grain`: the number of items that take about 10 us.
template <class Fn>
void parallel_for(int64_t n, int64_t grain, Fn&& fn) {
  const int threads = useful_threads(n, grain);
  if (threads <= 1) {
    if (n > 0) fn(int64_t{0}, n);
    return;
  }
  run_team(threads, [&](Part part, Barrier&) {
    const Range r = slice(n, part);
    if (r.begin < r.end) fn(r.begin, r.end);
  });
}

// fn(Part) for a kernel of `flops` floating point operations; as many parts as pay for the fork.
template <class Fn>
void parallel_parts(double flops, Fn&& fn) {
  constexpr double kFlopsOfTenMicroseconds = 5e5;
  const int threads = useful_threads(static_cast<int64_t>(flops / kFlopsOfTenMicroseconds), 1);
  if (threads <= 1) {
    fn(Part{});
    return;
  }
  run_team(threads, [&](Part part, Barrier&) { fn(part); });
}

}  // namespace hornbeam::kernels
