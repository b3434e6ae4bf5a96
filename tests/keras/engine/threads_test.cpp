// One model, many threads: the same bits. Runs under TSan in scripts/sanitize.sh.
#include <cstring>
#include <filesystem>
#include <thread>

#include "helpers.h"
#include "ops/kernels/parallel.h"

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

int threads_of_this_process() {
  return static_cast<int>(std::distance(std::filesystem::directory_iterator("/proc/self/task"), {}));
}

// Runs of one row are shared out by the pool's threads, whoever gets the pool; runs of 64 go some rows at a time; and
// so many runs try every pace. All race: to make plans, for the pool, for run states.
TEST_F(Threads, EightShareThePool) {
  constexpr int kPool = 5;
  const auto x = Input({24, 24, 8});
  Values h = Conv2D(16, 3, {.padding = "same", .activation = "relu"})(x);
  h = BatchNormalization()(h);
  h = Conv2D(16, 3, {.activation = "relu"})(h);
  h = Dense(10, {.activation = "softmax"})(GlobalAveragePooling2D()(h));
  const auto model = Functional(x, h);
  std::vector<float> data(64 * 24 * 24 * 8);
  for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<float>(i % 101) / 50.0F - 1.0F;
  const std::vector<Tensor> inputs = {
      floats({1, 24, 24, 8}, std::vector<float>(data.begin(), data.begin() + 24 * 24 * 8)),
      floats({64, 24, 24, 8}, data)};
  const auto predict = [](Model& m, const Tensor& input) {
    return values_of(m.predict(input, {.batch_size = input.shape()[0]}));
  };
  kernels::set_num_threads(1);
  std::vector<std::vector<float>> expected;
  for (const auto& input : inputs) expected.push_back(predict(*model, input));

  kernels::set_num_threads(kPool);
  const auto fresh = models::clone_model(*model);
  fresh->set_weights(model->get_weights());
  std::vector<int> wrong(8, 0);
  {
    std::vector<std::jthread> threads;
    for (std::size_t t = 0; t < wrong.size(); ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < 12; ++i) {
          const auto big = (t + static_cast<std::size_t>(i)) % 12 == 0 ? 1U : 0U;
          const auto y = predict(*fresh, inputs[big]);
          wrong[t] +=
              y.size() != expected[big].size() || std::memcmp(y.data(), expected[big].data(), 4 * y.size()) != 0;
        }
      });
    }
  }
  kernels::set_num_threads(0);
  EXPECT_EQ(wrong, std::vector<int>(8, 0));
  // The pool's threads stay: this many were called, so the model was not too small for them.
  EXPECT_GE(threads_of_this_process(), kPool);
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
