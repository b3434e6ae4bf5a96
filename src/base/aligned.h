// Raw memory for numbers: 64-byte aligned, not initialised; large blocks ask for huge pages (4 KiB pages miss when
// weights and activations are streamed).
#pragma once

#include <cstddef>
#include <memory>

namespace hornbeam::base {

void* aligned_allocate(std::size_t bytes);  // throws std::bad_alloc
void aligned_release(void* p) noexcept;

class AlignedBytes {
 public:
  explicit AlignedBytes(std::size_t bytes)
      : data_(bytes ? static_cast<std::byte*>(aligned_allocate(bytes)) : nullptr) {}
  std::byte* data() const { return data_.get(); }

 private:
  struct Free {
    void operator()(std::byte* p) const noexcept { aligned_release(p); }
  };
  std::unique_ptr<std::byte, Free> data_;
};

}  // namespace hornbeam::base
