// A step of a stream allocates nothing.
#include <gtest/gtest.h>

#include <cmath>

#include "hornbeam/hornbeam.hpp"
#include "memory/counting_new.h"
#include "ops/kernels/parallel.h"

namespace hornbeam::memory_test {
namespace {

struct Case {
  const char* name;
  ModelRef model;
  std::int64_t features;
};

std::vector<Case> cases() {
  const auto x = Input({None, 3}, {.name = "x"});
  Values h = Conv1D(4, 3, {.padding = "causal", .dilation_rate = {2}})(Masking()(x));
  h = TimeDistributed(Dense(4, {.activation = "relu"}))(LayerNormalization()(h));
  h = RNN(StackedRNNCells({LSTMCell(3), GRUCell(2)}), {.return_sequences = true})(h);
  const auto masked = SimpleRNN(4, {.return_sequences = true})(Masking()(x));
  const auto y = Values{{"all", h}, {"last", Dense(2)(SimpleRNN(3)(Concatenate()({h, masked})))}};
  return {{"gru", Sequential({Input({None, 1}), GRU(24, {.return_sequences = true}), Dense(1)}), 1},
          {"lstm", Sequential({Input({None, 4}), LSTM(16, {.return_sequences = true}), LSTM(8), Dense(3)}), 4},
          {"gru_200", Sequential({Input({None, 8}), GRU(200)}), 8},  // enough work for a team of threads
          {"many_layers", Functional(Values{{"x", x}}, y), 3}};
}

class StreamingMemory : public testing::TestWithParam<int> {};

TEST_P(StreamingMemory, StepsAllocateNothing) {
  const kernels::ThreadLimit limit(GetParam());
  for (const auto& c : cases()) {
    SCOPED_TRACE(c.name);
    auto state = c.model->make_state(2);
    auto x = Tensor::zeros(DType::float32, {2, c.features});
    float sum = 0;
    const auto steps = [&](int count) {
      for (int t = 0; t < count; ++t) {
        for (auto& value : x.mutable_data<float>()) value = std::sin(sum + static_cast<float>(t));
        const auto& y = c.model->step(x, state);
        sum += (y.is_dict() ? y["last"] : y).tensor().data<float>()[0];
      }
    };
    steps(20);
    const auto before = allocations();
    steps(500);
    EXPECT_EQ(allocations() - before, 0);
    EXPECT_TRUE(std::isfinite(sum));
  }
}
INSTANTIATE_TEST_SUITE_P(Threads, StreamingMemory, testing::Values(1, 2), testing::PrintToStringParamName());

}  // namespace
}  // namespace hornbeam::memory_test
