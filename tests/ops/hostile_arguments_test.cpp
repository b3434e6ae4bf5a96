// Arguments of ops of sparse tensors and of parts that a graph from a file may hold and no program makes.
#include <gtest/gtest.h>

#include "base/memory_limit.h"
#include "hornbeam/errors.hpp"
#include "ops/op_def.h"

namespace hornbeam {
namespace {

using Ints = std::vector<std::int64_t>;
using Types = std::vector<DType>;

Tensor ints(const Ints& values) {
  return Tensor::from<std::int64_t>({static_cast<std::int64_t>(values.size())}, values);
}
Tensor words(const std::vector<std::string>& values) {
  return Tensor::from<std::string>({static_cast<std::int64_t>(values.size())}, values);
}
Tensor floats(std::int64_t n) { return Tensor::zeros(DType::float32, {n}); }

Attrs of_examples(std::int64_t sparse, std::int64_t dense, const Shape& shape) {
  return {{"Nsparse", sparse},
          {"Ndense", dense},
          {"sparse_types", Types{}},
          {"Tdense", Types{DType::float32}},
          {"dense_shapes", std::vector<Shape>{shape}}};
}

TEST(HostileArguments, OfParseExample) {
  const std::vector<Tensor> inputs{words({""}), words({}), Tensor::scalar(std::string("a")), floats(0)};
  for (const std::int64_t count : {-1LL, -2LL, 1LL << 62}) {
    EXPECT_THROW(call_op("ParseExample", inputs, of_examples(0, count, {1})), Error) << count;
    EXPECT_THROW(call_op("ParseExample", inputs, of_examples(count, 1, {1})), Error) << count;
  }
  const auto with_default = [&](const Shape& shape) {
    const std::vector<Tensor> all{words({""}), words({}), Tensor::scalar(std::string("a")), floats(1)};
    return call_op("ParseExample", all, of_examples(0, 1, shape));
  };
  EXPECT_EQ(with_default({1}).at(0).shape(), (Shape{1, 1}));
  EXPECT_THROW(with_default({None, std::int64_t{1} << 62, 4}), InvalidArgumentError);
  EXPECT_THROW(with_default({std::int64_t{1} << 62, 4}), InvalidArgumentError);
  EXPECT_THROW(with_default({2, None}), InvalidArgumentError);
  EXPECT_THROW(with_default({None, 0}), InvalidArgumentError);
  EXPECT_THROW(with_default(Shape::unknown()), InvalidArgumentError);
}

TEST(HostileArguments, OfParts) {
  EXPECT_THROW(call_op("DynamicStitch", {}, {{"N", std::int64_t{0}}, {"T", DType::float32}}), Error);
  const std::vector<Tensor> inputs{floats(2), Tensor::from<std::int32_t>({2}, {0, 0})};
  EXPECT_EQ(call_op("DynamicPartition", inputs, {{"num_partitions", std::int64_t{1}}}).size(), 1U);
  for (const std::int64_t parts : {0LL, -1LL, 1LL << 40}) {
    EXPECT_THROW(call_op("DynamicPartition", inputs, {{"num_partitions", parts}}), Error) << parts;
  }
  const std::vector<Tensor> far{Tensor::from<std::int32_t>({1}, {2147483647}), floats(1)};
  const base::MemoryOfTest small(1 << 20);
  EXPECT_THROW(call_op("DynamicStitch", far, {{"N", std::int64_t{1}}}), Error);
}

TEST(HostileArguments, OfSparseTensors) {
  const auto segments = [](const Tensor& count) {
    return call_op("SparseSegmentSumWithNumSegments",
                   {Tensor::zeros(DType::float32, {2, 2}), ints({0, 1}), ints({0, 0}), count});
  };
  EXPECT_EQ(segments(Tensor::scalar(std::int64_t{1})).at(0).shape(), (Shape{1, 2}));
  EXPECT_THROW(segments(ints({})), Error);
  EXPECT_THROW(segments(ints({5, 7})), Error);
  EXPECT_THROW(segments(Tensor::scalar(std::int64_t{-1})), Error);
  const auto filled = [](std::int64_t rows) {
    return call_op("SparseFillEmptyRows",
                   {Tensor::zeros(DType::int64, {0, 1}), words({}), ints({rows}), Tensor::scalar(std::string())});
  };
  EXPECT_EQ(filled(3).at(1).shape(), (Shape{3}));
  const base::MemoryOfTest small(1 << 20);
  EXPECT_THROW(filled((1 << 20) / 9), InvalidArgumentError);
  EXPECT_THROW(filled(-1), Error);
  EXPECT_THROW(filled(std::int64_t{1} << 62), Error);
}

}  // namespace
}  // namespace hornbeam
