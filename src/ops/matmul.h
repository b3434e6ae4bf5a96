// One product of two matrices of any dtype: c[m, n] = a[m, k] b[k, n], either stored transposed.
#pragma once

#include <algorithm>
#include <vector>

#include "ops/dispatch.h"
#include "ops/integer_math.h"

namespace hornbeam {

struct MatrixProduct {
  std::int64_t m, n, k;
  bool transpose_a, transpose_b;

  template <class T>
  void run(const T* a, const T* b, T* c) const {
    using C = compute_t<T>;
    std::vector<C> row(static_cast<std::size_t>(n));
    for (std::int64_t i = 0; i < m; ++i) {
      std::fill(row.begin(), row.end(), C{});
      if (transpose_b) {
        for (std::int64_t j = 0; j < n; ++j) {
          C sum{};
          for (std::int64_t p = 0; p < k; ++p) {
            sum = wrap_add(sum, wrap_mul(static_cast<C>(a[a_index(i, p)]), static_cast<C>(b[j * k + p])));
          }
          row[static_cast<std::size_t>(j)] = sum;
        }
      } else {
        for (std::int64_t p = 0; p < k; ++p) {
          const C v = static_cast<C>(a[a_index(i, p)]);
          C* r = row.data();
          const T* from = b + p * n;
          for (std::int64_t j = 0; j < n; ++j) r[j] = wrap_add(r[j], wrap_mul(v, static_cast<C>(from[j])));
        }
      }
      for (std::int64_t j = 0; j < n; ++j) c[i * n + j] = static_cast<T>(row[static_cast<std::size_t>(j)]);
    }
  }

 private:
  std::int64_t a_index(std::int64_t i, std::int64_t p) const { return transpose_a ? p * m + i : i * k + p; }
};

}  // namespace hornbeam
