// When the checksums of mapped values are compared. Thread-safety: any number of threads may run the check at once.
#pragma once

#include <atomic>
#include <cstdint>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "formats/tensor_bundle/bundle.h"
#include "ops/kernels/parallel.h"

namespace hornbeam::track {

// The checksums of values that stay in the file: compared together, by all threads, when the first of them is used.
class LaterCheck {
 public:
  LaterCheck(std::shared_ptr<const formats::tensor_bundle::Bundle> bundle, std::vector<std::string> keys)
      : bundle_(std::move(bundle)), keys_(std::move(keys)) {}

  void run() const {
    if (passed_.load(std::memory_order_acquire)) return;
    kernels::parallel_for(std::ssize(keys_), 1, [this](std::int64_t first, std::int64_t last) {
      for (auto i = first; i < last; ++i) bundle_->verify(keys_[static_cast<std::size_t>(i)]);
    });
    passed_.store(true, std::memory_order_release);
  }

 private:
  std::shared_ptr<const formats::tensor_bundle::Bundle> bundle_;
  std::vector<std::string> keys_;
  mutable std::atomic<bool> passed_ = false;
};

}  // namespace hornbeam::track
