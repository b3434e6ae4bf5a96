// Training gives the same weights, bit for bit, whatever the number of threads.
#include <gtest/gtest.h>

#include <cstring>
#include <functional>

#include "hornbeam/hornbeam.hpp"
#include "ops/kernels/parallel.h"

namespace hornbeam {
namespace {

constexpr int kSteps = 14;  // plans try one thread and all of them in turn

Tensor noise(const Shape& shape, std::size_t seed) {
  Tensor t = Tensor::empty(DType::float32, shape);
  auto values = t.mutable_data<float>();
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<float>((i + seed) * 2654435761U % 1013) / 1013.0F - 0.5F;
  }
  return t;
}

Tensor classes(std::int64_t rows) {
  Tensor t = Tensor::empty(DType::int64, {rows});
  auto values = t.mutable_data<std::int64_t>();
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<std::int64_t>(i * 7 % 10);
  return t;
}

struct Trained {
  std::vector<Tensor> weights, state;
  std::vector<Result> losses;
};

Trained train(const std::function<ModelRef()>& make, const Shape& row, std::int64_t batch, int threads) {
  const kernels::ThreadLimit limit(threads);
  utils::set_random_seed(3);
  backend::clear_session();
  const auto model = make();
  model->compile({.optimizer = "adam", .loss = "sparse_categorical_crossentropy", .metrics = {"accuracy"}});
  auto dims = row.dims();
  dims.insert(dims.begin(), batch);
  const auto y = classes(batch);
  Trained trained;
  for (int step = 0; step < kSteps; ++step) {
    const auto logs = model->train_on_batch(noise(Shape(dims), static_cast<std::size_t>(step)), y);
    trained.losses.push_back(logs.at("loss"));
  }
  trained.weights = model->get_weights();
  trained.state = model->optimizer()->get_weights();
  return trained;
}

void expect_same(const std::vector<Tensor>& got, const std::vector<Tensor>& expected, const char* what) {
  ASSERT_EQ(got.size(), expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    ASSERT_EQ(got[i].bytes(), expected[i].bytes());
    EXPECT_EQ(std::memcmp(got[i].raw(), expected[i].raw(), got[i].bytes()), 0) << what << " " << i;
  }
}

void check(const std::function<ModelRef()>& make, const Shape& row, std::int64_t batch) {
  const auto one = train(make, row, batch, 1);
  EXPECT_LT(one.losses.back(), one.losses.front());
  for (const int threads : {2, 3}) {
    SCOPED_TRACE(std::to_string(threads) + " threads");
    const auto several = train(make, row, batch, threads);
    expect_same(several.weights, one.weights, "weight");
    expect_same(several.state, one.state, "optimizer weight");
    EXPECT_EQ(several.losses, one.losses);
  }
}

TEST(TrainingSameBits, Mlp) {
  check(
      [] {
        const auto x = Input({784});
        Values h = Dense(512, {.activation = "relu"})(x);
        h = Dropout(0.2)(h);
        h = Dense(300, {.activation = "tanh", .kernel_regularizer = "l2"})(h);
        return ModelRef(Functional(x, Dense(10, {.activation = "softmax"})(h)));
      },
      {784}, 64);
}

TEST(TrainingSameBits, ConvnetWithBatchNormalization) {
  check(
      [] {
        const auto x = Input({20, 20, 3});
        Values h = Conv2D(32, 3, {.padding = "same", .use_bias = false})(x);
        h = Activation("relu")(BatchNormalization()(h));
        h = Conv2D(64, 3, {.activation = "relu"})(MaxPooling2D()(h));
        h = BatchNormalization()(DepthwiseConv2D(3, {.padding = "same"})(h));
        h = Dense(64, {.activation = "relu"})(Flatten()(h));
        return ModelRef(Functional(x, Dense(10, {.activation = "softmax"})(h)));
      },
      {20, 20, 3}, 33);
}

// Whole trainings: the order of samples and the masks of dropout come from the seed alone.
Trained fit(int threads, std::int64_t seed) {
  const kernels::ThreadLimit limit(threads);
  utils::set_random_seed(seed);
  backend::clear_session();
  const auto x = Input({12, 12, 2});
  Values h = Conv2D(16, 3, {.activation = "relu"})(x);
  h = SpatialDropout2D(0.2)(BatchNormalization()(h));
  h = Reshape({10, 160})(h);
  h = LSTM(24, {.dropout = 0.2, .recurrent_dropout = 0.1, .return_sequences = true})(h);
  h = LSTM(16)(Dropout(0.3)(h));
  const auto model = ModelRef(Functional(x, Dense(10, {.activation = "softmax"})(h)));
  model->compile({.optimizer = "adam", .loss = "sparse_categorical_crossentropy"});
  Trained trained;
  trained.losses =
      model->fit(noise({90, 12, 12, 2}, 1), classes(90), {.batch_size = 32, .epochs = 5, .verbose = 0}).at("loss");
  trained.weights = model->get_weights();
  trained.state = model->optimizer()->get_weights();
  return trained;
}

TEST(TrainingSameBits, FitWithDropoutAndShuffle) {
  const auto one = fit(1, 5);
  for (const int threads : {1, 2, 4}) {
    SCOPED_TRACE(std::to_string(threads) + " threads");
    const auto again = fit(threads, 5);
    expect_same(again.weights, one.weights, "weight");
    expect_same(again.state, one.state, "optimizer weight");
    EXPECT_EQ(again.losses, one.losses);
  }
  EXPECT_NE(fit(2, 6).losses, one.losses);
}

}  // namespace
}  // namespace hornbeam
