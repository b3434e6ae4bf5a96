// A model a thousand layers deep: nothing recurses, nothing is quadratic.
#include <ctime>

#include "helpers.h"
#include "support/temp_dir.h"

namespace hornbeam::engine_test {
namespace {

using Depth = EngineTest;

// Of processor time: what else the machine does is not the model's. Built without optimisation or under sanitizers
// everything takes longer.
template <class Work>
void expect_within_a_second(Work&& work) {
  const auto start = std::clock();
  work();
  const auto seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
#if defined(NDEBUG) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  EXPECT_LT(seconds, 1.0);
#else
  EXPECT_LT(seconds, 60.0);
#endif
}

TEST_F(Depth, AThousandLayers) {
  expect_within_a_second([] {
    const auto x = Input({4});
    Values h = x;
    for (int i = 0; i < 1000; ++i) h = Dense(4, {.kernel_initializer = "identity"})(h);
    const auto model = Functional(x, h);
    EXPECT_EQ(model->layers().size(), 1001U);
    expect_values(model->predict(floats({1, 4}, {1, 2, 3, 4})), {1, 4}, {1, 2, 3, 4});
    EXPECT_EQ(model->weights().size(), 2000U);
    EXPECT_EQ(model->to_json().substr(0, 14), "{\"class_name\":");
  });
}

TEST_F(Depth, AThousandLayersFromAFile) {
  const testing_support::TempDir dir;
  const auto input = floats({1, 4}, {1, 2, 3, 4});
  const auto x = Input({4});
  Values h = x;
  std::vector<SequentialItem> stack{Input({4})};
  for (int i = 0; i < 1000; ++i) {
    const Dense dense(4, {.kernel_initializer = "identity"});
    h = dense(h);
    stack.emplace_back(Dense(4, {.kernel_initializer = "identity"}));
  }
  Functional(x, h)->save(dir.file("functional.h5"));
  Sequential(stack)->save(dir.file("sequential.h5"));
  for (const auto* file : {"functional.h5", "sequential.h5"}) {
    SCOPED_TRACE(file);
    expect_within_a_second([&] {
      const auto model = models::load_model(dir.file(file));
      expect_values(model->predict(input), {1, 4}, {1, 2, 3, 4});
    });
  }
}

// Handles only: chains of nodes this long would overflow the stack if they were destroyed one inside the other.
TEST_F(Depth, LongChainsOfSymbolicTensorsAreDestroyed) {
  Values h = Input({2});
  for (int i = 0; i < 30000; ++i) h = Flatten()(h);
  EXPECT_EQ(h.tensor().shape().back(), 2);
}

}  // namespace
}  // namespace hornbeam::engine_test
