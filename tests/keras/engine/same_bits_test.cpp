// What a model predicts for a row depends on nothing but the row: not on the number of threads, nor on the rows that it
// comes with.
#include <functional>

#include "helpers.h"
#include "ops/kernels/parallel.h"

namespace hornbeam::engine_test {
namespace {

using SameBits = EngineTest;

void check(const Shape& row, const std::function<Values(const Values&)>& body, int runs) {
  const Values x = Input(row);
  const Functional first(x, body(x));
  auto dims = row.dims();
  dims.insert(dims.begin(), 31);
  std::vector<float> data(static_cast<std::size_t>(Shape(dims).num_elements()));
  for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<float>(i * 2654435761U % 1013) / 1013.0F - 0.5F;
  const auto all = floats(Shape(dims), data);
  const auto per_row = data.size() / 31;
  std::vector<std::vector<float>> expected;  // of each row alone, on one thread
  {
    const kernels::ThreadLimit one(1);
    auto single = dims;
    single[0] = 1;
    for (std::size_t r = 0; r < 31; ++r) {
      const auto begin = data.begin() + static_cast<std::ptrdiff_t>(r * per_row);
      expected.push_back(values_of(first->predict(
          floats(Shape(single), std::vector<float>(begin, begin + static_cast<std::ptrdiff_t>(per_row))))));
    }
  }
  for (const int threads : {1, 2, 3}) {
    const kernels::ThreadLimit limit(threads);
    const auto model = models::clone_model(*first);  // plans are made for the threads of the moment
    model->set_weights(first->get_weights());
    for (const std::int64_t batch : {1, 16, 31}) {
      SCOPED_TRACE(std::to_string(threads) + " threads, batch " + std::to_string(batch));
      // Runs try one thread and all in turn.
      for (int run = 0; run < runs; ++run) {
        const auto y = values_of(model->predict(all, {.batch_size = batch}));
        const auto width = y.size() / 31;
        for (std::size_t r = 0; r < 31; ++r) {
          const auto begin = y.begin() + static_cast<std::ptrdiff_t>(r * width);
          ASSERT_EQ(std::vector<float>(begin, begin + static_cast<std::ptrdiff_t>(width)), expected[r]) << "row " << r;
        }
      }
    }
  }
}

TEST_F(SameBits, Mlp) {
  check(
      {784},
      [](const Values& x) {
        Values h = Dense(512, {.activation = "relu", .bias_initializer = "uniform"})(x);
        h = Dense(500, {.activation = "tanh", .bias_initializer = "uniform"})(h);
        return Dense(10, {.activation = "softmax", .bias_initializer = "uniform"})(h);
      },
      12);
}

TEST_F(SameBits, Cnn) {
  check(
      {28, 28, 1},
      [](const Values& x) {
        Values h = Conv2D(32, 3, {.activation = "relu", .bias_initializer = "uniform"})(x);
        h = MaxPooling2D()(h);
        h = Conv2D(64, 3, {.activation = "relu", .bias_initializer = "uniform"})(h);
        h = Dense(128, {.activation = "relu"})(Flatten()(MaxPooling2D()(h)));
        return Dense(10, {.activation = "softmax", .bias_initializer = "uniform"})(h);
      },
      12);
}

// Big enough for a batch to be run some rows at a time, and of what mobile networks are made of.
TEST_F(SameBits, Blocks) {
  check(
      {64, 64, 3},
      [](const Values& x) {
        Values h = Conv2D(64, 3, {.strides = {2, 2}, .padding = "same", .use_bias = false})(x);
        h = ReLU({.max_value = 6})(BatchNormalization()(h));
        Values e = Conv2D(96, 1, {.activation = "swish"})(h);
        e = DepthwiseConv2D(5, {.padding = "same", .activation = "swish"})(e);
        Values s = GlobalAveragePooling2D()(e);
        s = Dense(96, {.activation = "sigmoid"})(Dense(8, {.activation = "swish"})(s));
        e = Multiply()(Values{e, Reshape({1, 1, 96})(s)});
        h = Add()(Values{h, Conv2D(64, 1)(e)});
        h = DepthwiseConv2D(3, {.strides = {2, 2}, .padding = "same", .activation = "relu"})(h);
        h = Conv2D(70, 3, {.activation = "relu", .bias_initializer = "uniform"})(h);
        return Dense(10, {.activation = "softmax"})(GlobalAveragePooling2D()(h));
      },
      3);
}

}  // namespace
}  // namespace hornbeam::engine_test
