// One product of two matrices of any dtype: c[m, n] = a[m, k] b[k, n], either stored transposed.
#pragma once

#include <algorithm>
#include <vector>

#include "ops/dispatch.h"
#include "ops/integer_math.h"
#include "ops/kernels/gemm.h"
#include "ops/kernels/outer.h"

namespace hornbeam {

struct MatrixProduct {
  std::int64_t m, n, k;
  bool transpose_a, transpose_b;

  template <class T>
  void run(const T* a, const T* b, T* c) const {
    run_batch(1, a, 0, b, 0, c);
  }

  // `batch` products; inputs move by their steps, in matrices (0: the same one each time).
  template <class T>
  void run_batch(std::int64_t batch, const T* a, std::int64_t step_a, const T* b, std::int64_t step_b, T* c) const {
    if (m * n == 0) return;
    if constexpr (std::is_same_v<T, float> || std::is_same_v<T, double>) {
      if (k == 0) {
        std::fill(c, c + batch * m * n, T{});
        return;
      }
      if constexpr (std::is_same_v<T, float>) {
        if (transpose_a && !transpose_b && batch == 1) return kernels::gemm_outer(m, n, k, a, m, b, n, c, n);
      }
      const kernels::Strided<T> as{a, transpose_a ? 1 : k, transpose_a ? m : 1};
      const kernels::Strided<T> bs{b, transpose_b ? 1 : n, transpose_b ? k : 1};
      kernels::gemm_batched<T>(batch, m, n, k, as, step_a * m * k, bs, step_b * k * n, c, n, m * n);
    } else if constexpr (std::is_floating_point_v<compute_t<T>>) {
      // 16-bit floats: computed in float, rounded once.
      const auto fa = widened(a, (step_a ? batch : 1) * m * k), fb = widened(b, (step_b ? batch : 1) * k * n);
      std::vector<float> fc(static_cast<std::size_t>(batch * m * n));
      run_batch<float>(batch, fa.data(), step_a, fb.data(), step_b, fc.data());
      std::transform(fc.begin(), fc.end(), c, [](float v) { return static_cast<T>(v); });
    } else {
      for (std::int64_t i = 0; i < batch; ++i) {
        run_plain(a + i * step_a * m * k, b + i * step_b * k * n, c + i * m * n);
      }
    }
  }

 private:
  template <class T>
  static std::vector<float> widened(const T* from, std::int64_t count) {
    std::vector<float> to(static_cast<std::size_t>(count));
    std::transform(from, from + count, to.begin(), [](T v) { return static_cast<float>(v); });
    return to;
  }

  template <class T>
  void run_plain(const T* a, const T* b, T* c) const {
    for (std::int64_t i = 0; i < m; ++i) {
      for (std::int64_t j = 0; j < n; ++j) {
        T sum{};
        for (std::int64_t p = 0; p < k; ++p) {
          sum = wrap_add(sum, wrap_mul(a[transpose_a ? p * m + i : i * k + p], b[transpose_b ? j * k + p : p * n + j]));
        }
        c[i * n + j] = sum;
      }
    }
  }
};

}  // namespace hornbeam
