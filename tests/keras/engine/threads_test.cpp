// One model, many threads: the same bits. Runs under TSan in scripts/sanitize.sh.
#include <thread>

#include "helpers.h"

namespace hornbeam::engine_test {
namespace {

using Threads = EngineTest;

TEST_F(Threads, EightPredictOnOneModel) {
  const auto x = Input({12, 12, 3});
  Values h = Conv2D(8, 3, {.activation = "relu"})(x);
  h = BatchNormalization()(h);
  h = MaxPooling2D()(h);
  h = Dense(10, {.activation = "softmax"})(Flatten()(h));
  const auto model = Functional(x, h);

  std::vector<float> data(4 * 12 * 12 * 3);
  for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<float>(i % 17) / 17.0F - 0.5F;
  const auto input = floats({4, 12, 12, 3}, data);
  std::vector<std::vector<float>> expected;
  for (std::int64_t batch = 1; batch <= 4; ++batch) {
    expected.push_back(values_of(model->predict(input, {.batch_size = batch})));
  }

  // A model that has not predicted yet: the threads also race to compile.
  const auto fresh = models::clone_model(*model);
  fresh->set_weights(model->get_weights());
  std::vector<int> wrong(8, 0);
  {
    std::vector<std::jthread> threads;
    for (std::size_t t = 0; t < wrong.size(); ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < 10; ++i) {
          const auto row = t % expected.size();
          const auto y = fresh->predict(input, {.batch_size = static_cast<std::int64_t>(row) + 1});
          wrong[t] += values_of(y) != expected[row];
        }
      });
    }
  }
  EXPECT_EQ(wrong, std::vector<int>(8, 0));
}

TEST_F(Threads, BuildTheirOwnModels) {
  std::vector<std::vector<float>> results(8);
  {
    std::vector<std::jthread> threads;
    for (auto& result : results) {
      threads.emplace_back([&result] {
        const Sequential model(
            {Input({3}), Dense(4, {.kernel_initializer = "ones"}), Dense(2, {.kernel_initializer = "ones"})});
        result = values_of(model->predict(floats({1, 3}, {1, 2, 3})));
      });
    }
  }
  for (const auto& result : results) EXPECT_EQ(result, (std::vector<float>{24, 24}));
}

}  // namespace
}  // namespace hornbeam::engine_test
