// The one pool of threads: who runs which part of a job.
//
// A job is a list of stages; a stage is cut into parts, and a stage begins when all parts of the one before are done.
// Parts are claimed, not assigned: a thread begins with the part of its own number (whose data its cache holds) and
// then takes what nobody has begun. So a thread that has not come yet is not waited for, and one that came and lost its
// core holds a stage up only from the middle of a part, else only the job's return. Idle threads spin for 100 to 400
// us, then sleep. OpenMP is not used: libgomp waits for every thread of a team, and ThreadSanitizer does not understand
// it. oneDNN's primitives are made for one thread and called on parts.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace hornbeam::kernels {

// One of `count` shares of a kernel's work.
struct Part {
  int index = 0;
  int count = 1;
};

constexpr int kMostThreads = 32;

// What threads know of one stage: a bit per part begun, and 32 bits above them a bit per part done.
using StageState = std::atomic<std::uint64_t>;

struct Job {
  // The first exception is rethrown to the caller when all parts are done.
  void (*body)(void* context, std::size_t stage, Part part);
  void* context;
  std::size_t stages;
  const std::uint8_t* parts;     // per stage, at most kMostThreads
  StageState* states;            // per stage, zero; zero again afterwards
  int threads;                   // at most kMostThreads
  std::uint64_t float_mode = 0;  // set by run_job: the caller's denormals mode
};

// Runs the job on the calling thread and those of the pool that come. False when the pool is taken by another job (or
// this is one of its threads): nothing was done, the caller does it alone.
bool run_job(Job& job);

// Is the calling thread inside a job?
bool inside_job();

// Flushes denormals to zero on the calling thread while it lives (they cost 2x in division). Jobs hand their caller's
// mode to the pool's threads.
class DenormalsAreZero {
 public:
  DenormalsAreZero();
  ~DenormalsAreZero();
  DenormalsAreZero(const DenormalsAreZero&) = delete;
  DenormalsAreZero& operator=(const DenormalsAreZero&) = delete;

 private:
  std::uint64_t previous_;
};

}  // namespace hornbeam::kernels
