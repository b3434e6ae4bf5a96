// Thread policy of the CPU kernels.
//
// A kernel is written for one Part of its work; the caller decides who runs which part: `parallel_for` and
// `parallel_parts` for one kernel, a plan's job for many (team.h). Splits are over independent outputs only, so results
// never depend on the number of parts. Thread-safety: everything here may be called from any thread; inside a job all
// work is serial.
#pragma once

#include <algorithm>
#include <cstdint>
#include <type_traits>

#include "ops/kernels/team.h"

namespace hornbeam::kernels {

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

// Threads a kernel called now on this thread may use: 1 inside a job; else the innermost ThreadLimit, else
// set_num_threads, else HORNBEAM_NUM_THREADS, else the processors this process may run on. At most kMostThreads.
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

namespace detail {
void run_parts(int parts, void (*body)(void* context, std::size_t stage, Part part), void* context);
}  // namespace detail

// fn(Part) once per part, by as many threads as come. Throws the first exception when all parts are done.
template <class Fn>
void run_parts(int parts, Fn&& fn) {
  using F = std::remove_reference_t<Fn>;
  detail::run_parts(
      parts, [](void* context, std::size_t, Part part) { (*static_cast<F*>(context))(part); },
      const_cast<void*>(static_cast<const void*>(&fn)));
}

// How many threads are worth calling for n items when `grain` items take about 10 us.
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
  run_parts(threads, [&](Part part) {
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
  run_parts(threads, fn);
}

}  // namespace hornbeam::kernels
