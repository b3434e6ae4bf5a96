// The processor's floating-point mode, and what a spinning thread says to it.
#pragma once

#include <cstdint>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace hornbeam::kernels {

#if defined(__x86_64__)
constexpr std::uint64_t kFlushBits = 0x8040;  // denormals in and out are zero
inline std::uint64_t read_float_mode() { return _mm_getcsr(); }
inline void write_float_mode(std::uint64_t mode) { _mm_setcsr(static_cast<unsigned>(mode)); }
inline void spin_pause() { _mm_pause(); }
#elif defined(__aarch64__)
constexpr std::uint64_t kFlushBits = std::uint64_t{1} << 24;
inline std::uint64_t read_float_mode() {
  std::uint64_t mode;
  asm volatile("mrs %0, fpcr" : "=r"(mode));
  return mode;
}
inline void write_float_mode(std::uint64_t mode) { asm volatile("msr fpcr, %0" ::"r"(mode)); }
inline void spin_pause() { asm volatile("yield"); }
#else
constexpr std::uint64_t kFlushBits = 0;
inline std::uint64_t read_float_mode() { return 0; }
inline void write_float_mode(std::uint64_t) {}
inline void spin_pause() {}
#endif

}  // namespace hornbeam::kernels
