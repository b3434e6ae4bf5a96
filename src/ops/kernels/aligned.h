// A block of numbers aligned for vectors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/aligned.h"

namespace hornbeam::kernels {

template <class T>
class AlignedBuffer {
 public:
  AlignedBuffer() = default;
  explicit AlignedBuffer(int64_t count)
      : data_(static_cast<T*>(base::aligned_allocate(static_cast<size_t>(count) * sizeof(T)))), size_(count) {}
  T* data() { return data_.get(); }
  const T* data() const { return data_.get(); }
  int64_t size() const { return size_; }
  // Grows to at least `count` elements; what was in it is lost.
  T* reserve(int64_t count) {
    if (count > size_) *this = AlignedBuffer(count);
    return data();
  }

 private:
  struct Free {
    void operator()(T* p) const noexcept { base::aligned_release(p); }
  };
  std::unique_ptr<T, Free> data_;
  int64_t size_ = 0;
};

}  // namespace hornbeam::kernels
