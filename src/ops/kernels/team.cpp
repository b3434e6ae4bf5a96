#include "ops/kernels/team.h"

#include <exception>
#include <thread>
#include <utility>

#include "ops/kernels/float_mode.h"

namespace hornbeam::kernels {
namespace {

thread_local bool t_inside = false;

constexpr int kSpins = 8000;  // 100 to 400 us: a pause takes 10 to 50 ns

// Spins, then gives the processor away.
template <class Done>
void spin_until(const Done& done) {
  for (int spins = 0; !done(); ++spins) {
    if (spins < kSpins) {
      spin_pause();
    } else {
      std::this_thread::yield();
    }
  }
}

// The first exception of the job under way. Its other parts are still run: threads count on every part being done.
class Failure {
 public:
  void keep(std::exception_ptr e) noexcept {
    if (!taken_.exchange(true, std::memory_order_acq_rel)) first_ = std::move(e);
  }
  // After all threads have left.
  std::exception_ptr take() {
    taken_.store(false, std::memory_order_relaxed);
    return std::exchange(first_, nullptr);
  }

 private:
  std::atomic<bool> taken_{false};
  std::exception_ptr first_;
};

// All of the job's stages, as thread `index`: returns when the last one is done.
void take_part(const Job& job, int index, Failure& failure) noexcept {
  for (std::size_t s = 0; s < job.stages; ++s) {
    const int count = job.parts[s];
    const std::uint64_t all = ((std::uint64_t{1} << count) - 1) << 32;
    auto& state = job.states[s];
    auto seen = state.load(std::memory_order_acquire);
    for (int k = 0; k < count && (seen & all) != all; ++k) {
      const int part = (index + k) % count;
      const auto begun = std::uint64_t{1} << part;
      if (seen & begun) continue;
      seen = state.fetch_or(begun, std::memory_order_acq_rel);
      if (seen & begun) continue;
      try {
        job.body(job.context, s, {part, count});
      } catch (...) {
        failure.keep(std::current_exception());
      }
      seen = state.fetch_or(begun << 32, std::memory_order_acq_rel) | begun << 32;
    }
    if ((seen & all) != all) spin_until([&] { return (state.load(std::memory_order_acquire) & all) == all; });
  }
}

class Pool {
 public:
  // Never destroyed: its threads may outlive static objects.
  static Pool& instance() {
    static Pool* pool = new Pool;
    return *pool;
  }

  bool run(Job& job) {
    if (t_inside || busy_.exchange(true, std::memory_order_acquire)) return false;
    grow(job.threads - 1);
    job.float_mode = read_float_mode() & kFlushBits;
    job_ = &job;
    ++ticket_;
    door_.store(std::uint64_t{ticket_} << 32 | kOpen | static_cast<std::uint64_t>(job.threads) << kThreadsAt);
    for (int i = 1; i < job.threads && i <= workers_; ++i) {
      auto& bell = bells_[i];
      if (!bell.asleep.load()) continue;
      bell.rings.fetch_add(1);
      bell.rings.notify_one();
    }
    t_inside = true;
    take_part(job, 0, failure_);
    t_inside = false;
    door_.fetch_and(~kOpen, std::memory_order_acq_rel);
    spin_until([&] { return (door_.load(std::memory_order_acquire) & kInside) == 0; });
    for (std::size_t s = 0; s < job.stages; ++s) job.states[s].store(0, std::memory_order_relaxed);
    const auto failed = failure_.take();
    busy_.store(false, std::memory_order_release);
    if (failed) std::rethrow_exception(failed);
    return true;
  }

 private:
  // The door's word: ticket (32 bits), open (1), threads wanted, and how many of the pool's are inside.
  static constexpr std::uint64_t kOpen = std::uint64_t{1} << 31;
  static constexpr int kThreadsAt = 16;
  static constexpr std::uint64_t kThreads = 0x7fff;
  static constexpr std::uint64_t kInside = 0xffff;

  void grow(int workers) {
    for (; workers_ < workers; ++workers_) {
      try {
        std::thread(&Pool::work, this, workers_ + 1).detach();
      } catch (...) {
        return;  // no more threads (or memory) to be had: the job is done by fewer
      }
    }
  }

  // Is there a job for thread `index` that it has not seen? Notes that it has.
  static bool wanted(std::uint64_t door, int index, std::uint32_t& seen) {
    const auto ticket = static_cast<std::uint32_t>(door >> 32);
    return (door & kOpen) != 0 && ticket != seen && index < static_cast<int>(door >> kThreadsAt & kThreads);
  }

  std::uint64_t wait(int index, std::uint32_t& seen) {
    for (int spins = 0;; ++spins) {
      auto door = door_.load(std::memory_order_acquire);
      if (wanted(door, index, seen)) return door;
      if (spins < kSpins) {
        spin_pause();
        continue;
      }
      auto& bell = bells_[index];
      const auto rings = bell.rings.load();
      bell.asleep.store(true);
      door = door_.load();  // a job that came before this thread said that it sleeps rang for nobody
      if (!wanted(door, index, seen)) bell.rings.wait(rings);
      bell.asleep.store(false);
      spins = 0;
    }
  }

  void work(int index) {
    t_inside = true;
    const auto own_mode = read_float_mode();
    for (std::uint32_t seen = 0;;) {
      auto door = wait(index, seen);
      seen = static_cast<std::uint32_t>(door >> 32);
      bool entered = false;
      while (!entered && (door & kOpen) != 0 && static_cast<std::uint32_t>(door >> 32) == seen) {
        entered = door_.compare_exchange_weak(door, door + 1, std::memory_order_acq_rel);
      }
      if (!entered) continue;
      write_float_mode((own_mode & ~kFlushBits) | job_->float_mode);
      take_part(*job_, index, failure_);
      door_.fetch_sub(1, std::memory_order_release);
    }
  }

  alignas(64) std::atomic<std::uint64_t> door_{0};
  // Each thread sleeps at its own, so that a job wakes no more than it wants.
  struct alignas(64) Bell {
    std::atomic<std::uint32_t> rings{0};
    std::atomic<bool> asleep{false};
  };
  Bell bells_[kMostThreads];                   // by the thread's number
  alignas(64) std::atomic<bool> busy_{false};  // guards what follows
  Job* job_ = nullptr;
  Failure failure_;
  std::uint32_t ticket_ = 0;
  int workers_ = 0;
};

}  // namespace

bool run_job(Job& job) { return Pool::instance().run(job); }
bool inside_job() { return t_inside; }

DenormalsAreZero::DenormalsAreZero() : previous_(read_float_mode()) { write_float_mode(previous_ | kFlushBits); }
DenormalsAreZero::~DenormalsAreZero() {
  write_float_mode((read_float_mode() & ~kFlushBits) | (previous_ & kFlushBits));
}

}  // namespace hornbeam::kernels
