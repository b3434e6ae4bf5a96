// How much memory a request may sensibly ask for.
#pragma once

#include <cstddef>

namespace hornbeam::base {

// Bytes of memory this machine has; a single block that is bigger is refused before it is asked for.
std::size_t physical_memory();

// What one request asks for bit by bit.
class MemoryTotal {
 public:
  // False when, with all that was added before, it is more than this machine has.
  bool add(double bytes) { return (bytes_ += bytes) <= static_cast<double>(physical_memory()); }
  void give_back(double bytes) { bytes_ -= bytes; }

 private:
  double bytes_ = 0;
};

// For tests: a machine of so much memory, on this thread, while it lives.
class MemoryOfTest {
 public:
  explicit MemoryOfTest(std::size_t bytes);
  MemoryOfTest(const MemoryOfTest&) = delete;
  MemoryOfTest& operator=(const MemoryOfTest&) = delete;
  ~MemoryOfTest();

 private:
  std::size_t before_;
};

}  // namespace hornbeam::base
