#include "ops/kernels/parallel.h"

#include <omp.h>
#include <sched.h>

#include <cstdlib>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace hornbeam::kernels {
namespace {

std::atomic<int> g_threads{0};
thread_local int t_limit = 0;

int environment_threads() {
  static const int value = [] {
    const char* text = std::getenv("HORNBEAM_NUM_THREADS");
    const long n = text ? std::strtol(text, nullptr, 10) : 0;
    return n > 0 && n < 4096 ? static_cast<int>(n) : 0;
  }();
  return value;
}

// The floating-point mode register, and the bits in it that flush denormals.
#if defined(__x86_64__)
constexpr uint64_t kFlushBits = 0x8040;
uint64_t read_mode() { return _mm_getcsr(); }
void write_mode(uint64_t mode) { _mm_setcsr(static_cast<unsigned>(mode)); }
void pause() { _mm_pause(); }
#elif defined(__aarch64__)
constexpr uint64_t kFlushBits = uint64_t{1} << 24;
uint64_t read_mode() {
  uint64_t mode;
  asm volatile("mrs %0, fpcr" : "=r"(mode));
  return mode;
}
void write_mode(uint64_t mode) { asm volatile("msr fpcr, %0" ::"r"(mode)); }
void pause() { asm volatile("yield"); }
#else
constexpr uint64_t kFlushBits = 0;
uint64_t read_mode() { return 0; }
void write_mode(uint64_t) {}
void pause() {}
#endif

}  // namespace

int num_threads() {
  if (omp_in_parallel()) return 1;
  if (t_limit > 0) return t_limit;
  if (const int n = g_threads.load(std::memory_order_relaxed); n > 0) return n;
  if (const int n = environment_threads(); n > 0) return n;
  // A team that meets a busy neighbour waits for it at every barrier (measured: mlp 200 times slower): until plans choose
  // their threads by what they measure, more than one is asked for, not assumed.
  return 1;
}

void set_num_threads(int n) { g_threads.store(std::max(n, 0), std::memory_order_relaxed); }

ThreadLimit::ThreadLimit(int n) : previous_(t_limit) { t_limit = std::max(n, 0); }
ThreadLimit::~ThreadLimit() { t_limit = previous_; }

DenormalsAreZero::DenormalsAreZero() : previous_(read_mode()) { write_mode(previous_ | kFlushBits); }
DenormalsAreZero::~DenormalsAreZero() { write_mode((read_mode() & ~kFlushBits) | (previous_ & kFlushBits)); }

void Barrier::wait() {
  if (count_ == 1) return;
  const int generation = generation_.load(std::memory_order_relaxed);
  if (arrived_.fetch_add(1, std::memory_order_acq_rel) == count_ - 1) {
    arrived_.store(0, std::memory_order_relaxed);
    generation_.store(generation + 1, std::memory_order_release);
    return;
  }
  constexpr int kSpins = 4000;  // about 50 us
  for (int spins = 0; generation_.load(std::memory_order_acquire) == generation; ++spins) {
    if (spins < kSpins) {
      pause();
    } else {
      sched_yield();
    }
  }
}

namespace detail {

void run_region(int threads, Body body, void* context) {
  if (threads <= 1 || omp_in_parallel()) {
    Barrier barrier(1);
    body(context, Part{}, barrier);
    return;
  }
  const uint64_t flush = read_mode() & kFlushBits;
  // The runtime may give fewer threads than asked (OMP_THREAD_LIMIT, OMP_DYNAMIC): the barrier is made by the team.
  Barrier* shared = nullptr;
#pragma omp parallel num_threads(threads) shared(shared)
  {
    alignas(64) Barrier barrier(omp_get_num_threads());
    const Part part{omp_get_thread_num(), omp_get_num_threads()};
    const uint64_t own = read_mode();
    if ((own & kFlushBits) != flush) write_mode((own & ~kFlushBits) | flush);
#pragma omp master
    shared = &barrier;
#pragma omp barrier
    body(context, part, *shared);
    write_mode(own);
  }
}

}  // namespace detail
}  // namespace hornbeam::kernels
