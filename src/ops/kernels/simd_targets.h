// Which instruction sets the kernels are compiled for. Included before any Highway header.
//
// Each target costs build time; these three cover x86: AVX-512, AVX2, and the baseline for the rest. On ARM: NEON (the
// tiles keep vectors in arrays, which SVE's sizeless types do not allow).
#pragma once

#define HWY_DISABLED_TARGETS \
  (HWY_AVX3_DL | HWY_SSE4 | HWY_SSSE3 | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)

// Sanitizer builds compile one target (the machine must have it): a third of the time, and the same code.
#if defined(HORNBEAM_ONE_SIMD_TARGET)
#define HWY_COMPILE_ONLY_STATIC
#if defined(__x86_64__)
#define HWY_BASELINE_TARGETS HWY_AVX2
#endif
#endif

#include <hwy/detect_targets.h>

#if defined(__clang__)
#define HB_UNROLL(n) _Pragma("clang loop unroll_count(2)")
#else
#define HB_UNROLL(n) _Pragma("GCC unroll 2")
#endif
