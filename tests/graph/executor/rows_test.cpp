// Batches that are run some rows at a time, and those that must not be.
#include "graph/executor/rows.h"

#include <gmock/gmock.h>

#include "graph/test_functions.h"
#include "hornbeam/ops.hpp"
#include "hornbeam/ops_array.hpp"
#include "ops/kernels/parallel.h"

namespace hornbeam::graph {
namespace {

using Tensors = std::span<const Tensor>;
using List = std::vector<Tensor>;
constexpr std::int64_t kWide = 100'000;  // six rows are more than a cache holds

bool is_split(const std::vector<TensorSpec>& specs, const TraceBody& body, const std::vector<Tensor>& inputs) {
  CompileBudget budget;
  const Program program(trace("f", specs, body), budget);
  std::vector<Shape> shapes;
  for (const auto& x : inputs) shapes.push_back(x.shape());
  const auto facts = propagate(program, shapes);
  return facts && rows_at_a_time(program, shapes, *facts, 3) > 0;
}

enum Way { kSplit, kWhole };

void check(Way way, const TraceBody& body, const std::vector<Tensor>& inputs, float tolerance = 1e-5F) {
  std::vector<TensorSpec> specs;
  for (const auto& x : inputs) {
    auto shape = x.shape();
    shape[0] = None;
    specs.push_back({x.dtype(), shape});
  }
  EXPECT_EQ(is_split(specs, body, inputs), way == kSplit);
  const auto f = compile(specs, body);
  for (const int threads : {1, 3}) {
    const kernels::ThreadLimit limit(threads);
    expect_equals_eager(*f, body, inputs, tolerance);
  }
}

TEST(Rows, IndependentOnes) {
  const auto w = variable("w", random_tensor({10, 7}, 2)), b = variable("b", random_tensor({7}, 3));
  const auto body = [&](Tensors x) -> List {
    const auto wide = call_op1("Relu", {ops::add(x[0], x[0])});
    const auto mean = ops::reduce_mean(ops::reshape(wide, {None, 10, kWide / 10}), {2});
    return {call_op1("Softmax", {call_op1("BiasAdd", {ops::matmul(mean, w), b})}), wide};
  };
  for (const std::int64_t rows : {6, 7, 16}) check(kSplit, body, {random_tensor({rows, kWide})});
}

TEST(Rows, SumsOverTheBatch) {
  check(kWhole, [](Tensors x) -> List { return {ops::add(x[0], ops::reduce_sum(x[0], {0}))}; },
        {random_tensor({6, kWide})});
}

TEST(Rows, ValuesThatFollowFromTheBatchSize) {
  const auto body = [](Tensors x) -> List {
    const auto n = ops::strided_slice(ops::shape(x[0]), {0}, {1}, {1});
    return {ops::multiply(x[0], ops::cast(n, DType::float32))};
  };
  check(kWhole, body, {random_tensor({6, kWide})});
}

TEST(Rows, ReversedBatch) {
  check(kWhole, [](Tensors x) -> List { return {ops::reverse(ops::add(x[0], x[0]), {0})}; },
        {random_tensor({6, kWide})});
}

TEST(Rows, AnInputWithOneRowForAll) {
  const std::vector<Tensor> inputs{random_tensor({6, kWide}), random_tensor({1, kWide}, 2)};
  check(
      kWhole, [](Tensors x) -> List { return {ops::add(x[0], x[1])}; }, inputs);
}

// As many channels as rows: the variance is no batch.
TEST(Rows, ResultsThatLookLikeABatch) {
  constexpr std::int64_t kChannels = 8;
  const auto scale = variable("scale", random_tensor({kChannels}, 2)),
             shift = variable("shift", random_tensor({kChannels}, 3));
  const auto mean = variable("mean", random_tensor({kChannels}, 4));
  const auto variance = variable("variance", random_tensor({kChannels}, 5, 0.5F, 2));
  const auto body = [&](Tensors x) -> List {
    const std::vector<Tensor> inputs{x[0], scale, shift, mean, variance};
    Attrs attrs;
    attrs.set("is_training", false);
    const auto normalized = call_op("FusedBatchNormV3", inputs, attrs);
    return {normalized[0], normalized[1]};
  };
  check(kWhole, body, {random_tensor({kChannels, 128, 128, kChannels})});
}

// One row keeps its first dim, six do not.
TEST(Rows, ShapesThatFollowFromTheBatchSize) {
  const auto body = [](Tensors x) -> List {
    const auto n = ops::strided_slice(ops::shape(x[0]), {0}, {1}, {1});
    const auto square = ops::concat({n, n, Tensor::from<std::int32_t>({1}, {-1})}, 0);
    return {ops::reduce_mean(ops::reshape(x[0], square), {2})};
  };
  check(kWhole, body, {random_tensor({8, kWide})});
}

TEST(Rows, AnErrorInOneRowIsTheCallers) {
  const auto table = variable("table", random_tensor({5, kWide}));
  const auto f = compile({{DType::int32, {None}}}, [&](Tensors x) -> List { return {ops::gather(table, x[0])}; });
  const auto rows = [](std::int32_t odd) { return Tensor::from<std::int32_t>({6}, {0, 1, 2, odd, 4, 0}); };
  EXPECT_EQ(f->run({{rows(3)}})[0].shape(), (Shape{6, kWide}));
  try {
    f->run({{rows(99)}});
    ADD_FAILURE() << "no error";
  } catch (const InvalidArgumentError& error) {  // told as the caller counts, whatever the pieces
    EXPECT_THAT(error.what(), ::testing::HasSubstr("indices[3] = 99 is not in [0, 5)"));
  }
  EXPECT_EQ(f->run({{rows(3)}})[0].shape(), (Shape{6, kWide}));
}

}  // namespace
}  // namespace hornbeam::graph
