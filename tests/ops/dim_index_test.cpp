#include "ops/dim_index.h"

#include <gtest/gtest.h>

#include "hornbeam/ops.hpp"

namespace hornbeam {
namespace {

TEST(DimIndex, BeginsAtZeroForAnyNumberOfDims) {
  for (const std::size_t dims : {0U, 1U, 8U, 9U, 40U}) {
    DimIndex index(dims);
    for (std::size_t i = 0; i < dims; ++i) EXPECT_EQ(index[i]++, 0);
    for (std::size_t i = 0; i < dims; ++i) EXPECT_EQ(index[i], 1);
  }
}

// Two inputs that repeat along every other of 20 dims: none can be joined.
TEST(DimIndex, ManyDimsAreWalked) {
  std::vector<std::int64_t> a(20, 1), b(20, 1);
  for (std::size_t i = 0; i < 20; ++i) (i % 2 ? a : b)[i] = i < 6 ? 2 : 1;
  const auto column = [](const std::vector<std::int64_t>& dims, float step) {
    Tensor t = Tensor::empty(DType::float32, Shape(dims));
    float value = 0;
    for (auto& v : t.mutable_data<float>()) v = value += step;
    return t;
  };
  const auto x = column(a, 1), y = column(b, 100);
  const auto sum = ops::maximum(x, y) + ops::minimum(x, y), chosen = ops::where(ops::less(x, y), x, y);
  ASSERT_EQ(sum.num_elements(), 64);
  for (std::size_t i = 0; i < 64; ++i) {
    // The bits of i in turn: of y's index, of x's.
    const std::size_t of_x = (i & 1) | (i >> 1 & 2) | (i >> 2 & 4), of_y = (i >> 1 & 1) | (i >> 2 & 2) | (i >> 3 & 4);
    EXPECT_EQ(sum.data<float>()[i], static_cast<float>(of_x + 1 + 100 * (of_y + 1)));
    EXPECT_EQ(chosen.data<float>()[i], static_cast<float>(of_x + 1));
  }
}

}  // namespace
}  // namespace hornbeam
