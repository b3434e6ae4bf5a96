// A step of fit allocates nothing, in the executor or around it, and memory does not grow with their number.
#include <gtest/gtest.h>

#include <cmath>

#include "hornbeam/hornbeam.hpp"
#include "memory/counting_new.h"
#include "ops/kernels/parallel.h"

namespace hornbeam::memory_test {
namespace {

constexpr std::int64_t kBatch = 16;

Tensor wave(const Shape& shape) {
  Tensor t = Tensor::empty(DType::float32, shape);
  auto values = t.mutable_data<float>();
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = std::sin(0.7F * static_cast<float>(i % 1000));
  return t;
}
Tensor classes(std::int64_t rows) {
  Tensor t = Tensor::empty(DType::int64, {rows});
  auto values = t.mutable_data<std::int64_t>();
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<std::int64_t>(i % 10);
  return t;
}

ModelRef mlp() {
  const auto x = Input({20});
  Values h = Dense(32, {.activation = "relu", .kernel_regularizer = "l2"})(x);
  h = Dropout(0.2)(h);
  return Functional(x, Dense(10, {.activation = "softmax"})(h));
}
ModelRef convnet() {
  const auto x = Input({12, 12, 3});
  Values h = Conv2D(8, 3, {.padding = "same"})(x);
  h = Activation("relu")(BatchNormalization()(h));
  h = Conv2D(16, 3)(MaxPooling2D()(h));
  h = Activation("relu")(BatchNormalization()(h));
  return Functional(x, Dense(10, {.activation = "softmax"})(GlobalAveragePooling2D()(h)));
}

struct Case {
  const char* name;
  ModelRef (*model)();
  Shape row;
  Optimizer optimizer;
};
std::vector<Case> cases() {
  return {{"mlp_adam", mlp, {20}, "adam"},
          {"mlp_sgd_momentum", mlp, {20}, optimizers::SGD({.momentum = 0.9, .nesterov = true})},
          {"mlp_rmsprop", mlp, {20}, "rmsprop"},
          {"convnet_adam", convnet, {12, 12, 3}, "adam"}};
}

Shape rows_of(std::int64_t rows, const Shape& row) {
  auto dims = row.dims();
  dims.insert(dims.begin(), rows);
  return Shape(dims);
}

class TrainingMemory : public testing::TestWithParam<int> {};

// Twice as many steps in one epoch: as many allocations.
TEST_P(TrainingMemory, StepsOfFitAllocateNothing) {
  const kernels::ThreadLimit limit(GetParam());
  for (const auto& c : cases()) {
    SCOPED_TRACE(c.name);
    const auto model = c.model();
    model->compile({.optimizer = c.optimizer, .loss = "sparse_categorical_crossentropy", .metrics = {"accuracy"}});
    const auto count = [&](std::int64_t steps) {
      const auto x = wave(rows_of(steps * kBatch, c.row)), y = classes(steps * kBatch);
      const auto before = allocations();
      model->fit(x, y, {.batch_size = kBatch, .verbose = 0});
      return allocations() - before;
    };
    count(40);  // traces, plans, and finds out how many threads are best
    const auto some = count(60);
    EXPECT_GT(some, 0);
    EXPECT_EQ(count(120), some);
  }
}

TEST_P(TrainingMemory, TenThousandStepsLeaveMemoryAsItIs) {
  const kernels::ThreadLimit limit(GetParam());
  const auto model = mlp();
  model->compile({.optimizer = "adam", .loss = "sparse_categorical_crossentropy", .metrics = {"accuracy"}});
  const auto x = wave({kBatch, 20}), y = classes(kBatch);
  const auto fitted = wave({100 * kBatch, 20}), labels = classes(100 * kBatch);
  const auto steps = [&](std::int64_t hundreds) {
    for (std::int64_t i = 0; i < 50 * hundreds; ++i) model->train_on_batch(x, y);
    model->fit(fitted, labels, {.batch_size = kBatch, .epochs = (hundreds + 1) / 2, .verbose = 0});
  };
  steps(10);  // threads reserve what they keep
  const auto alive = allocations_alive(), bytes = bytes_in_use();
  steps(100);
  EXPECT_EQ(model->optimizer()->iterations()->value().item<std::int64_t>(), 11000);
  EXPECT_EQ(allocations_alive(), alive);
  EXPECT_LE(bytes_in_use() - bytes, 4096);  // of malloc's own rounding; the least leak in each step would be 320,000
}
INSTANTIATE_TEST_SUITE_P(Threads, TrainingMemory, testing::Values(1, 2), testing::PrintToStringParamName());

}  // namespace
}  // namespace hornbeam::memory_test
