// 64-byte aligned raw memory: arenas and scratch. Not initialised.
#pragma once

#include <cstddef>
#include <memory>
#include <new>

namespace hornbeam::base {

class AlignedBytes {
 public:
  explicit AlignedBytes(std::size_t bytes)
      : data_(bytes ? static_cast<std::byte*>(::operator new (bytes, std::align_val_t{64})) : nullptr) {}
  std::byte* data() const { return data_.get(); }

 private:
  struct Free {
    void operator()(std::byte* p) const { ::operator delete (p, std::align_val_t{64}); }
  };
  std::unique_ptr<std::byte, Free> data_;
};

}  // namespace hornbeam::base
