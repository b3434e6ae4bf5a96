#include "base/memory_limit.h"

#include <unistd.h>

#include <cstdint>
#include <utility>

namespace hornbeam::base {
namespace {
thread_local std::size_t of_test = 0;
}

MemoryOfTest::MemoryOfTest(std::size_t bytes) : before_(std::exchange(of_test, bytes)) {}
MemoryOfTest::~MemoryOfTest() { of_test = before_; }

std::size_t physical_memory() {
  static const std::size_t bytes = [] {
    const auto pages = ::sysconf(_SC_PHYS_PAGES), size = ::sysconf(_SC_PAGESIZE);
    return pages > 0 && size > 0 ? static_cast<std::size_t>(pages) * static_cast<std::size_t>(size) : SIZE_MAX / 2;
  }();
  return of_test ? of_test : bytes;
}

}  // namespace hornbeam::base
