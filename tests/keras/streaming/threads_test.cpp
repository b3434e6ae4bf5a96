// Many streams on one const model, from many threads. Runs under TSan in scripts/sanitize.sh.
#include <thread>

#include "keras/streaming/helpers.h"

namespace hornbeam::streaming_test {
namespace {

using StreamThreads = EngineTest;

constexpr std::size_t kStreams = 1000, kThreads = 8;
constexpr std::int64_t kSteps = 12;

// The outputs of one stream, whose sequence its number gives.
class Stream {
 public:
  Stream(const Model& model, std::size_t number)
      : model_(model), state_(model.make_state()), x_(Tensor::zeros(DType::float32, {1, 2})), number_(number) {}

  void step() {
    for (auto& value : x_.mutable_data<float>()) value = std::sin(static_cast<float>(++count_ * (number_ + 1) % 997));
    for (const auto value : model_.step(x_, state_).tensor().data<float>()) outputs.push_back(value);
  }

  std::vector<float> outputs;

 private:
  const Model& model_;
  StreamState state_;
  Tensor x_;
  std::size_t number_, count_ = 0;
};

ModelRef model() {
  return Sequential({Input({None, 2}), Conv1D(4, 2, {.padding = "causal"}), LSTM(4, {.return_sequences = true}),
                     GRU(8, {.return_sequences = true}), Dense(1)});
}

TEST_F(StreamThreads, AThousandStreamsGiveWhatTheyGiveOneByOne) {
  const auto one = model(), fresh = models::clone_model(*one);
  fresh->set_weights(one->get_weights());
  std::vector<std::vector<float>> expected;
  for (std::size_t s = 0; s < kStreams; ++s) {
    Stream stream(*one, s);
    for (std::int64_t t = 0; t < kSteps; ++t) stream.step();
    expected.push_back(std::move(stream.outputs));
  }

  // The threads also race to compile. Each goes round its streams, a step at a time.
  const Model& shared = *fresh;
  std::vector<std::vector<float>> got(kStreams);
  {
    std::vector<std::jthread> threads;
    for (std::size_t first = 0; first < kThreads; ++first) {
      threads.emplace_back([&, first] {
        std::vector<Stream> mine;
        for (auto s = first; s < kStreams; s += kThreads) mine.emplace_back(shared, s);
        for (std::int64_t t = 0; t < kSteps; ++t) {
          for (auto& stream : mine) stream.step();
        }
        for (std::size_t i = 0; i < mine.size(); ++i) got[first + i * kThreads] = std::move(mine[i].outputs);
      });
    }
  }
  EXPECT_EQ(got, expected);
  EXPECT_NE(expected[0], expected[1]);
}

}  // namespace
}  // namespace hornbeam::streaming_test
