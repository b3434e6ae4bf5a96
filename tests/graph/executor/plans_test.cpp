// Plans that come and go: more shapes than are kept, from several threads at once.
#include <gmock/gmock.h>

#include <thread>

#include "graph/test_functions.h"
#include "hornbeam/ops.hpp"

namespace hornbeam::graph {
namespace {

TEST(Plans, ThreadsPushOutEachOthers) {
  const auto w = variable("w", random_tensor({7, 5}, 2));
  const auto f = compile({{DType::float32, {None, 7}}},
                         [&](std::span<const Tensor> x) { return std::vector{ops::matmul(x[0], w)}; });
  std::vector<Tensor> inputs, expected;
  for (std::int64_t rows = 1; rows <= 12; ++rows) {
    inputs.push_back(random_tensor({rows, 7}, static_cast<unsigned>(rows)));
    expected.push_back(f->run({{inputs.back()}})[0]);
  }
  std::vector<int> wrong(4, 0);
  {
    std::vector<std::jthread> threads;
    for (std::size_t t = 0; t < wrong.size(); ++t) {
      threads.emplace_back([&, t] {
        for (std::size_t i = 0; i < 300; ++i) {
          const auto at = (i * (t + 1) + i / 5) % inputs.size();
          const auto y = f->run({{inputs[at]}})[0];
          wrong[t] +=
              y.shape() != expected[at].shape() || std::memcmp(y.raw(), expected[at].raw(), expected[at].bytes()) != 0;
        }
      });
    }
  }
  EXPECT_EQ(wrong, std::vector<int>(4, 0));
}

}  // namespace
}  // namespace hornbeam::graph
