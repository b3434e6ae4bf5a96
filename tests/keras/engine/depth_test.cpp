// A model a thousand layers deep: nothing recurses, nothing is quadratic.
#include <chrono>

#include "helpers.h"

namespace hornbeam::engine_test {
namespace {

using Depth = EngineTest;

TEST_F(Depth, AThousandLayers) {
  const auto start = std::chrono::steady_clock::now();
  {
    const auto x = Input({4});
    Values h = x;
    for (int i = 0; i < 1000; ++i) h = Dense(4, {.kernel_initializer = "identity"})(h);
    const auto model = Functional(x, h);
    EXPECT_EQ(model->layers().size(), 1001U);
    expect_values(model->predict(floats({1, 4}, {1, 2, 3, 4})), {1, 4}, {1, 2, 3, 4});
    EXPECT_EQ(model->weights().size(), 2000U);
    EXPECT_EQ(model->to_json().substr(0, 14), "{\"class_name\":");
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
#if defined(NDEBUG) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  EXPECT_LT(seconds.count(), 1.0);
#else
  EXPECT_LT(seconds.count(), 60.0);
#endif
}

// Handles only: chains of nodes this long would overflow the stack if they were destroyed one inside the other.
TEST_F(Depth, LongChainsOfSymbolicTensorsAreDestroyed) {
  Values h = Input({2});
  for (int i = 0; i < 30000; ++i) h = Flatten()(h);
  EXPECT_EQ(h.tensor().shape().back(), 2);
}

}  // namespace
}  // namespace hornbeam::engine_test
