#include "hornbeam/dataset.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>

#include "hornbeam/errors.hpp"
#include "hornbeam/target.hpp"
#include "keras/training/pass_notes.h"
#include "ops/random_state.h"

namespace hornbeam {
namespace {

// A pass whose batches are made in a thread. It ends when the pass is done, fails, or is wanted no more. What it draws
// follows from where the caller's generators stood as it began, however far ahead of the caller it runs.
class Prefetched {
 public:
  Prefetched(Dataset::Next next, std::size_t room)
      : next_(std::move(next)), room_(room), target_(current_target()), generators_(random::fork()), thread_([this] {
          work();
        }) {}
  ~Prefetched() {
    {
      const std::lock_guard lock(mutex_);
      stopped_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }
  Prefetched(const Prefetched&) = delete;
  Prefetched& operator=(const Prefetched&) = delete;

  std::optional<Batch> take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !ready_.empty() || ended_; });
    if (ready_.empty()) {
      if (error_) std::rethrow_exception(error_);
      return std::nullopt;
    }
    auto batch = std::move(ready_.front());
    ready_.pop_front();
    lock.unlock();
    changed_.notify_all();
    return batch;
  }

 private:
  void work() {
    const TargetScope scope(target_);
    const random::Own own(generators_);
    try {
      while (auto batch = next_()) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return ready_.size() < room_ || stopped_; });
        if (stopped_) break;
        ready_.push_back(std::move(*batch));
        lock.unlock();
        changed_.notify_all();
      }
    } catch (...) {
      const std::lock_guard lock(mutex_);
      error_ = std::current_exception();
    }
    {
      const std::lock_guard lock(mutex_);
      ended_ = true;
    }
    changed_.notify_all();
  }

  Dataset::Next next_;
  std::size_t room_;
  Target target_;
  random::Generators generators_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Batch> ready_;
  std::exception_ptr error_;
  bool stopped_ = false, ended_ = false;
  std::thread thread_;  // last: it uses the others
};

}  // namespace

Dataset Dataset::from_generator(std::function<Next()> begin, std::optional<std::int64_t> batches) {
  if (!begin) throw ValueError("Dataset::from_generator needs a function that starts a pass.");
  if (batches && *batches < 0) throw ValueError("A dataset has no " + std::to_string(*batches) + " batches.");
  return {std::move(begin), batches};
}

Dataset Dataset::from_sequence(std::int64_t batches, std::function<Batch(std::int64_t)> get) {
  if (!get) throw ValueError("Dataset::from_sequence needs a function of a batch's number.");
  if (batches < 0)
    throw ValueError("A sequence has no negative number of batches. Received: " + std::to_string(batches));
  return from_generator(
      [batches, get = std::move(get)] {
        return Next([batches, get, i = std::int64_t{0}]() mutable -> std::optional<Batch> {
          if (i >= batches) return std::nullopt;
          return get(i++);
        });
      },
      batches);
}

Dataset Dataset::prefetch(std::int64_t batches) const {
  if (batches < 1)
    throw ValueError("prefetch takes a positive number of batches. Received: " + std::to_string(batches));
  return {[begin = begin_, room = static_cast<std::size_t>(batches)] {
            return Next([pass = std::make_shared<Prefetched>(begin(), room)] { return pass->take(); });
          },
          batches_};
}

Dataset Dataset::repeat(std::optional<std::int64_t> times) const {
  if (times && *times < -1) {
    throw ValueError("repeat takes a number of passes, or -1 for no end. Received: " + std::to_string(*times));
  }
  if (times == -1) times.reset();
  std::optional<std::int64_t> all;
  if (times && batches_ && __builtin_mul_overflow(*times, *batches_, &all.emplace())) {
    throw ValueError(std::to_string(*times) + " passes of " + std::to_string(*batches_) + " batches are too many");
  }
  return {[begin = begin_, times] {
            return Next([begin, times, pass = Next(), done = std::int64_t{0},
                         self = training::PassNotes::repeater()]() mutable -> std::optional<Batch> {
              while (!times || done < *times) {
                const bool fresh = !pass;
                if (fresh) {
                  training::PassNotes::begins(self);
                  pass = begin();
                }
                if (auto batch = pass()) return batch;
                pass = nullptr;
                ++done;
                if (fresh) return std::nullopt;  // there is nothing to repeat
              }
              return std::nullopt;
            });
          },
          all};
}

Dataset Dataset::take(std::int64_t batches) const {
  if (batches < -1) {
    throw ValueError("take takes a number of batches, or -1 for all. Received: " + std::to_string(batches));
  }
  if (batches == -1) return *this;
  return {[begin = begin_, batches] {
            return Next([next = begin(), left = batches]() mutable -> std::optional<Batch> {
              if (left <= 0) return std::nullopt;
              --left;
              return next();
            });
          },
          batches_ ? std::optional(std::min(*batches_, batches)) : std::nullopt};
}

Dataset Dataset::map(std::function<Batch(const Batch&)> function) const {
  return {[begin = begin_, function = std::move(function)] {
            return Next([next = begin(), function]() -> std::optional<Batch> {
              const auto batch = next();
              return batch ? std::optional(function(*batch)) : std::nullopt;
            });
          },
          batches_};
}

}  // namespace hornbeam
