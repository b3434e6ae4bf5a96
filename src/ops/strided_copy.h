// One loop nest for what only moves elements: transposes, slices, tiles, concatenations, broadcasts, paddings.
//
// A plan says, for each dim of an index space, by how many elements the source and the destination move. Strides may be
// zero (repeat) or, for the source, negative (reverse). Dims that can be walked as one are joined when the plan is
// made.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/stack_memory.h"

namespace hornbeam {

class CopyPlan {
 public:
  CopyPlan() = default;
  CopyPlan(const std::vector<std::int64_t>& dims, const std::vector<std::int64_t>& src,
           const std::vector<std::int64_t>& dst);

  template <class T>
  void run(const T* src, T* dst) const;

 private:
  template <class T>
  void inner(const T* src, T* dst) const;
  template <class T>
  static void row(const T* src, std::int64_t step, T* dst, std::int64_t dst_step, std::int64_t n);

  // Outer dims, outermost first.
  std::vector<std::int64_t> dims_, src_, dst_;
  // The innermost two: rows of `n_`. When the source is contiguous along `m_` but not along `n_` they are walked in
  // tiles that fit the cache.
  std::int64_t m_ = 0, src_m_ = 0, dst_m_ = 0;
  std::int64_t n_ = 0, src_n_ = 1, dst_n_ = 1;
  bool tiled_ = false;
};

template <class T>
void CopyPlan::row(const T* src, std::int64_t step, T* dst, std::int64_t dst_step, std::int64_t n) {
  if (dst_step == 1 && step == 1) {
    std::copy_n(src, n, dst);
  } else if (dst_step == 1 && step == 0) {
    std::fill_n(dst, n, *src);
  } else {
    for (std::int64_t i = 0; i < n; ++i) dst[i * dst_step] = src[i * step];
  }
}

template <class T>
void CopyPlan::inner(const T* src, T* dst) const {
  if (!tiled_) {
    for (std::int64_t i = 0; i < m_; ++i) row(src + i * src_m_, src_n_, dst + i * dst_m_, dst_n_, n_);
    return;
  }
  constexpr std::int64_t kTile = 16;
  for (std::int64_t i = 0; i < m_; i += kTile) {
    const auto rows = std::min(kTile, m_ - i);
    for (std::int64_t j = 0; j < n_; j += kTile) {
      const auto columns = std::min(kTile, n_ - j);
      const T* s = src + i * src_m_ + j * src_n_;
      T* d = dst + i * dst_m_ + j * dst_n_;
      for (std::int64_t a = 0; a < rows; ++a) {
        for (std::int64_t b = 0; b < columns; ++b) d[a * dst_m_ + b * dst_n_] = s[a * src_m_ + b * src_n_];
      }
    }
  }
}

template <class T>
void CopyPlan::run(const T* src, T* dst) const {
  if (m_ == 0 || n_ == 0) return;
  base::StackMemory<128> memory;
  std::pmr::vector<std::int64_t> index(dims_.size(), memory.resource());
  while (true) {
    inner(src, dst);
    std::size_t i = dims_.size();
    while (i-- > 0) {
      src += src_[i];
      dst += dst_[i];
      if (++index[i] < dims_[i]) break;
      src -= src_[i] * dims_[i];
      dst -= dst_[i] * dims_[i];
      index[i] = 0;
      if (i == 0) return;
    }
    if (dims_.empty()) return;
  }
}

}  // namespace hornbeam
