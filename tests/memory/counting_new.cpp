#include "memory/counting_new.h"

#include <malloc.h>

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>

namespace {

std::atomic<std::int64_t> count{0}, alive{0};

void* counted(std::size_t bytes, std::size_t alignment) noexcept {
  count.fetch_add(1, std::memory_order_relaxed);
  alive.fetch_add(1, std::memory_order_relaxed);
  if (alignment <= alignof(std::max_align_t)) return std::malloc(bytes ? bytes : 1);
  return std::aligned_alloc(alignment, (bytes + alignment) / alignment * alignment);
}

void counted_free(void* p) noexcept {
  if (p) alive.fetch_sub(1, std::memory_order_relaxed);
  std::free(p);
}

void* or_throw(void* p) {
  if (!p) throw std::bad_alloc();
  return p;
}

}  // namespace

namespace hornbeam::memory_test {

std::int64_t allocations() { return count.load(std::memory_order_relaxed); }

std::int64_t allocations_alive() { return alive.load(std::memory_order_relaxed); }

std::int64_t bytes_in_use() {
  const auto info = ::mallinfo2();
  return static_cast<std::int64_t>(info.uordblks + info.hblkhd);
}

}  // namespace hornbeam::memory_test

using Align = std::align_val_t;
using Nothrow = const std::nothrow_t&;
void* operator new(std::size_t n) { return or_throw(counted(n, 0)); }
void* operator new[](std::size_t n) { return or_throw(counted(n, 0)); }
void* operator new(std::size_t n, Nothrow) noexcept { return counted(n, 0); }
void* operator new[](std::size_t n, Nothrow) noexcept { return counted(n, 0); }
void* operator new(std::size_t n, Align a) { return or_throw(counted(n, static_cast<std::size_t>(a))); }
void* operator new[](std::size_t n, Align a) { return or_throw(counted(n, static_cast<std::size_t>(a))); }
void* operator new(std::size_t n, Align a, Nothrow) noexcept { return counted(n, static_cast<std::size_t>(a)); }
void* operator new[](std::size_t n, Align a, Nothrow) noexcept { return counted(n, static_cast<std::size_t>(a)); }
void operator delete(void* p) noexcept { counted_free(p); }
void operator delete[](void* p) noexcept { counted_free(p); }
void operator delete(void* p, std::size_t) noexcept { counted_free(p); }
void operator delete[](void* p, std::size_t) noexcept { counted_free(p); }
void operator delete(void* p, Nothrow) noexcept { counted_free(p); }
void operator delete[](void* p, Nothrow) noexcept { counted_free(p); }
void operator delete(void* p, Align) noexcept { counted_free(p); }
void operator delete[](void* p, Align) noexcept { counted_free(p); }
void operator delete(void* p, std::size_t, Align) noexcept { counted_free(p); }
void operator delete[](void* p, std::size_t, Align) noexcept { counted_free(p); }
void operator delete(void* p, Align, Nothrow) noexcept { counted_free(p); }
void operator delete[](void* p, Align, Nothrow) noexcept { counted_free(p); }
