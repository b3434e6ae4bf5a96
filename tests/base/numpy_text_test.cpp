#include "base/numpy_text.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "base/float_repr.h"

namespace hornbeam::base {
namespace {

constexpr auto kNan = std::numeric_limits<float>::quiet_NaN(), kInf = std::numeric_limits<float>::infinity();

std::string text_of(const std::vector<float>& values) {
  const std::int64_t dims[] = {static_cast<std::int64_t>(values.size())};
  return numpy_text(std::span<const float>(values), dims);
}

// What NumPy 1.18 and 2.5 print of the same.
TEST(NumpyText, IsWhatNumPyPrints) {
  EXPECT_EQ(text_of({0.5410508F, 1.0160964F, 1.4428527F}), "[0.5410508 1.0160964 1.4428527]");
  EXPECT_EQ(text_of({0.54012144F, 1.0156579F, 1.4442205F}), "[0.54012144 1.0156579  1.4442205 ]");
  EXPECT_EQ(text_of({0, 0, 0.5F}), "[0.  0.  0.5]");
  EXPECT_EQ(text_of({1e-9F, 1, 2}), "[1.e-09 1.e+00 2.e+00]");
  EXPECT_EQ(text_of({1e10F, 1, 2}), "[1.e+10 1.e+00 2.e+00]");
  EXPECT_EQ(text_of({kNan, 1, kInf}), "[nan  1. inf]");
  EXPECT_EQ(text_of({1, 2, 3}), "[1. 2. 3.]");
  EXPECT_EQ(text_of({123456.789F, 1, 0.1F}), "[1.2345679e+05 1.0000000e+00 1.0000000e-01]");
  EXPECT_EQ(text_of({-1, 2.5F, 3}), "[-1.   2.5  3. ]");
  EXPECT_EQ(text_of({1e8F, 2e8F, 1.5e8F}), "[1.0e+08 2.0e+08 1.5e+08]");
  EXPECT_EQ(text_of({1e-3F, 1, 1000}), "[1.e-03 1.e+00 1.e+03]");
  EXPECT_EQ(text_of({0.1F}), "[0.1]");
  const double doubles[] = {123456.789, 1, 0.1};
  const std::int64_t three[] = {3};
  EXPECT_EQ(numpy_text(std::span<const double>(doubles), three), "[1.23456789e+05 1.00000000e+00 1.00000000e-01]");
}

TEST(NumpyText, OfManyNumbersAndDims) {
  std::vector<float> sevenths(40);
  for (std::size_t i = 0; i < 40; ++i) sevenths[i] = static_cast<float>(i) / 7;
  EXPECT_EQ(text_of(sevenths),
            "[0.         0.14285715 0.2857143  0.42857143 0.5714286  0.71428573\n"
            " 0.85714287 1.         1.1428572  1.2857143  1.4285715  1.5714285\n"
            " 1.7142857  1.8571428  2.         2.142857   2.2857144  2.4285715\n"
            " 2.5714285  2.7142856  2.857143   3.         3.142857   3.2857144\n"
            " 3.4285715  3.5714285  3.7142856  3.857143   4.         4.142857\n"
            " 4.285714   4.428571   4.571429   4.714286   4.857143   5.\n"
            " 5.142857   5.285714   5.428571   5.571429  ]");
  const std::int64_t two[] = {2, 3}, cube[] = {2, 2, 2};
  EXPECT_EQ(numpy_text(std::span<const float>(sevenths).first(6), two),
            "[[0.         0.14285715 0.2857143 ]\n [0.42857143 0.5714286  0.71428573]]");
  const float eight[] = {0, 1, 2, 3, 4, 5, 6, 7};
  EXPECT_EQ(numpy_text(std::span<const float>(eight), cube), "[[[0. 1.]\n  [2. 3.]]\n\n [[4. 5.]\n  [6. 7.]]]");
}

TEST(FloatRepr, OfFloats) {
  EXPECT_EQ(float_repr(0.54022276F), "0.54022276");
  EXPECT_EQ(float_repr(1.0F), "1.0");
  EXPECT_EQ(float_repr(1e-7F), "1e-07");
}

}  // namespace
}  // namespace hornbeam::base
