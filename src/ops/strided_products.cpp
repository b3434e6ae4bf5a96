#include "ops/strided_products.h"

#include <type_traits>

#include "ops/kernels/gemm.h"
#include "ops/kernels/outer.h"

namespace hornbeam {
namespace {

template <class T>
void run_products(const StridedProducts& p, const T* first, const T* second, T* c, kernels::Part part) {
  const T *a = p.swapped ? second : first, *b = p.swapped ? first : second;
  if constexpr (std::is_same_v<T, float>) {
    if (p.count == 1 && p.a_row == 1 && p.b_column == 1 && p.m > 1) {  // weights' gradients
      kernels::gemm_outer_part(p.m, p.n, p.k, a, p.a_column, b, p.b_row, c, p.c_row, nullptr, part);
      return;
    }
  }
  // Whole products where there are enough of them, else rows of each.
  const bool whole = p.count >= part.count;
  const auto products = whole ? kernels::slice(p.count, part) : kernels::Range{0, p.count};
  const auto rows = whole ? kernels::Range{0, p.m} : kernels::slice(p.m, part, 8);
  if (rows.begin >= rows.end) return;
  const kernels::ThreadLimit one(1);
  for (auto i = products.begin; i < products.end; ++i) {
    auto rest = i;
    std::int64_t at_a = rows.begin * p.a_row, at_b = 0, at_c = rows.begin * p.c_row;
    for (std::size_t d = p.batch.size(); d-- > 0;) {
      const auto& dim = p.batch[d];
      const auto index = rest % dim.size;
      rest /= dim.size;
      at_a += index * dim.a;
      at_b += index * dim.b;
      at_c += index * dim.c;
    }
    kernels::gemm_strided(rows.end - rows.begin, p.n, p.k, kernels::Strided<T>{a + at_a, p.a_row, p.a_column},
                          kernels::Strided<T>{b + at_b, p.b_row, p.b_column}, c + at_c, p.c_row);
  }
}

}  // namespace

void StridedProducts::run(const float* first, const float* second, float* c, kernels::Part part) const {
  run_products(*this, first, second, c, part);
}
void StridedProducts::run(const double* first, const double* second, double* c, kernels::Part part) const {
  run_products(*this, first, second, c, part);
}

}  // namespace hornbeam
