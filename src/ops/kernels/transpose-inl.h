// Small matrices turned around in registers, for packing operands that lie the other way.
#if defined(HORNBEAM_KERNELS_TRANSPOSE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef HORNBEAM_KERNELS_TRANSPOSE_INL_H_
#undef HORNBEAM_KERNELS_TRANSPOSE_INL_H_
#else
#define HORNBEAM_KERNELS_TRANSPOSE_INL_H_
#endif

#include <hwy/highway.h>

#include <cstdint>
#include <type_traits>

HWY_BEFORE_NAMESPACE();
namespace hornbeam::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// to[j * to_stride + i] = from[i * from_stride + j] for i < rows, j < columns
template <class T>
void TransposeInto(int64_t rows, int64_t columns, const T* from, int64_t from_stride, T* to, int64_t to_stride) {
  int64_t i = 0;
#if HWY_TARGET != HWY_SCALAR
  if constexpr (std::is_same_v<T, float>) {
    const hn::FixedTag<float, 4> d;
    const hn::FixedTag<double, 2> pairs;
    for (; i + 4 <= rows; i += 4) {
      const float* p = from + i * from_stride;
      int64_t j = 0;
      for (; j + 4 <= columns; j += 4) {
        const auto a = hn::LoadU(d, p + j), b = hn::LoadU(d, p + from_stride + j);
        const auto c = hn::LoadU(d, p + 2 * from_stride + j), e = hn::LoadU(d, p + 3 * from_stride + j);
        const auto ab0 = hn::BitCast(pairs, hn::InterleaveLower(d, a, b));
        const auto ab1 = hn::BitCast(pairs, hn::InterleaveUpper(d, a, b));
        const auto ce0 = hn::BitCast(pairs, hn::InterleaveLower(d, c, e));
        const auto ce1 = hn::BitCast(pairs, hn::InterleaveUpper(d, c, e));
        float* out = to + j * to_stride + i;
        hn::StoreU(hn::BitCast(d, hn::InterleaveLower(pairs, ab0, ce0)), d, out);
        hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(pairs, ab0, ce0)), d, out + to_stride);
        hn::StoreU(hn::BitCast(d, hn::InterleaveLower(pairs, ab1, ce1)), d, out + 2 * to_stride);
        hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(pairs, ab1, ce1)), d, out + 3 * to_stride);
      }
      for (; j < columns; ++j)
        for (int64_t k = 0; k < 4; ++k) to[j * to_stride + i + k] = p[k * from_stride + j];
    }
  }
#endif
  for (; i < rows; ++i)
    for (int64_t j = 0; j < columns; ++j) to[j * to_stride + i] = from[i * from_stride + j];
}

}  // namespace hornbeam::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
