// Memory on the stack for short vectors where nothing shall be allocated (kernels):
//
//   base::StackMemory<256> memory;
//   std::pmr::vector<std::int64_t> dims(memory.resource());
//   dims.reserve(n);   // from the heap after all, when it does not fit
#pragma once

#include <array>
#include <cstddef>
#include <memory_resource>

namespace hornbeam::base {

template <std::size_t kBytes>
class StackMemory {
 public:
  StackMemory() = default;
  StackMemory(const StackMemory&) = delete;
  StackMemory& operator=(const StackMemory&) = delete;
  std::pmr::memory_resource* resource() { return &pool_; }

 private:
  alignas(std::max_align_t) std::array<std::byte, kBytes> bytes_;
  std::pmr::monotonic_buffer_resource pool_{bytes_.data(), bytes_.size()};
};

}  // namespace hornbeam::base
