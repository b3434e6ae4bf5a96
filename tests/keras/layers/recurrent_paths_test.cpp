// The ways a recurrent layer may run: as one op, or step by step, unrolled or as a loop, all give the same, and the
// same gradients. RNN over a layer's cell has the layer's weights and takes steps.
#include <gtest/gtest.h>

#include "hornbeam/gradient_tape.hpp"
#include "hornbeam/hornbeam.hpp"
#include "keras/layers/waves.h"

using namespace hornbeam;
using hornbeam::testing_support::waves;

namespace {

struct Kind {
  const char* name;
  std::size_t states;
  Ref<RNNLayer> (*make)(const RNNOptions& flags);
};

template <class Options>
Options with(const RNNOptions& o) {
  Options options;
  options.return_sequences = o.return_sequences;
  options.return_state = o.return_state;
  options.go_backwards = o.go_backwards;
  options.unroll = o.unroll;
  options.time_major = o.time_major;
  options.zero_output_for_mask = o.zero_output_for_mask;
  return options;
}
GRUOptions before(GRUOptions options) {
  options.reset_after = false;
  return options;
}

const Kind kKinds[] = {
    {"SimpleRNN", 1, [](const RNNOptions& o) -> Ref<RNNLayer> { return SimpleRNN(4, with<SimpleRNNOptions>(o)); }},
    {"LSTM", 2, [](const RNNOptions& o) -> Ref<RNNLayer> { return LSTM(4, with<LSTMOptions>(o)); }},
    {"GRU", 1, [](const RNNOptions& o) -> Ref<RNNLayer> { return GRU(4, with<GRUOptions>(o)); }},
    {"GRU_before", 1, [](const RNNOptions& o) -> Ref<RNNLayer> { return GRU(4, before(with<GRUOptions>(o))); }},
};

constexpr std::int64_t kBatch = 3, kFeatures = 2;

struct Inputs {
  Tensor x, mask;
  std::vector<Tensor> states;
  CallOptions options() const {
    CallOptions o;
    if (mask.defined()) o.mask = mask;
    if (!states.empty()) o.initial_state = Values(states);
    return o;
  }
};

// `extras`: bit 0 a mask, bit 1 initial states.
Inputs inputs_of(const Kind& kind, const RNNOptions& flags, std::int64_t time, int extras) {
  const bool major = flags.time_major;
  Inputs in{waves(major ? Shape{time, kBatch, kFeatures} : Shape{kBatch, time, kFeatures}), {}, {}};
  if (extras & 1) {
    in.mask = ops::greater(waves(major ? Shape{time, kBatch} : Shape{kBatch, time}, 5), -0.3F);
  }
  for (std::size_t s = 0; (extras & 2) && s < kind.states; ++s) {
    in.states.push_back(waves({kBatch, 4}, 3 + static_cast<std::int64_t>(s)));
  }
  return in;
}

// The outputs, then the gradients of x, the states and the weights.
std::vector<Tensor> outputs_and_gradients(const LayerRef& layer, const Inputs& in) {
  GradientTape tape({.persistent = true});
  std::vector<Tensor> watched{in.x};
  watched.insert(watched.end(), in.states.begin(), in.states.end());
  tape.watch(watched);
  const auto outputs = layer(in.x, in.options()).flatten();
  tape.stop();
  GradientOptions options{.unconnected_gradients = UnconnectedGradients::zero};
  for (const auto& y : outputs) options.output_gradients.push_back(waves(y.shape(), 1));
  auto all = outputs;
  for (auto& g : tape.gradient(outputs, watched, options)) all.push_back(g);
  for (auto& g : tape.gradient(outputs, layer->trainable_weights(), options)) all.push_back(g);
  return all;
}

// In a model that knows neither batch nor time, compiled.
std::vector<Tensor> outputs_in_model(const LayerRef& layer, const Inputs& in) {
  std::vector<Tensor> inputs{in.x};
  Values::List symbolic{Input({None, kFeatures})}, states;
  CallOptions call;
  if (in.mask.defined()) {
    inputs.push_back(in.mask);
    symbolic.push_back(Input({None}, {.dtype = "bool"}));
    call.mask = symbolic.back();
  }
  for (const auto& s : in.states) {
    inputs.push_back(s);
    states.push_back(Input({4}));
  }
  symbolic.insert(symbolic.end(), states.begin(), states.end());
  if (!states.empty()) call.initial_state = Values(states);
  const auto model = Functional(Values(symbolic), layer(symbolic[0], call));
  return model->predict_on_batch(Values(inputs)).flatten();
}

void expect_near(const std::vector<Tensor>& got, const std::vector<Tensor>& want, const std::string& what) {
  ASSERT_EQ(got.size(), want.size()) << what;
  for (std::size_t i = 0; i < got.size(); ++i) {
    ASSERT_EQ(got[i].shape(), want[i].shape()) << what << ", " << i;
    for (std::size_t k = 0; k < got[i].data<float>().size(); ++k) {
      ASSERT_NEAR(got[i].data<float>()[k], want[i].data<float>()[k], 2e-5) << what << ", " << i << " at " << k;
    }
  }
}

class RecurrentPaths : public testing::TestWithParam<Kind> {
 protected:
  // `check` with each combination of flags, masks and states.
  template <class Check>
  void each(std::int64_t time, const Check& check) {
    for (int bits = 0; bits < 32; ++bits) {
      const RNNOptions flags{.return_sequences = (bits & 1) != 0,
                             .return_state = true,
                             .go_backwards = (bits & 2) != 0,
                             .unroll = (bits & 4) != 0,
                             .time_major = (bits & 8) != 0,
                             .zero_output_for_mask = (bits & 16) != 0};
      for (int extras = 0; extras < 4; ++extras) {
        SCOPED_TRACE("flags " + std::to_string(bits) + ", extras " + std::to_string(extras));
        backend::clear_session();
        const auto layer = GetParam().make(flags);
        const auto in = inputs_of(GetParam(), flags, time, extras);
        layer(in.x, in.options());
        std::vector<Tensor> weights;
        for (const auto& w : layer->weights()) weights.push_back(waves(w->shape(), 2));
        layer->set_weights(weights);
        check(layer, flags, in);
        if (HasFatalFailure()) return;
      }
    }
  }
};

TEST_P(RecurrentPaths, OneOpIsItsSteps) {
  each(5, [](const Ref<RNNLayer>& layer, const RNNOptions& flags, const Inputs& in) {
    expect_near(outputs_and_gradients(RNN(layer->cell(), flags), in), outputs_and_gradients(layer, in), "steps");
  });
}

TEST_P(RecurrentPaths, ModelsOfUnknownLengthGiveTheSame) {
  each(4, [](const Ref<RNNLayer>& layer, const RNNOptions& flags, const Inputs& in) {
    if (flags.time_major || flags.unroll) return;
    const auto want = layer(in.x, in.options()).flatten();
    expect_near(outputs_in_model(layer, in), want, "one op");
    expect_near(outputs_in_model(RNN(layer->cell(), flags), in), want, "a loop");
  });
}

// So many that steps are not unrolled in a model.
TEST_P(RecurrentPaths, LongSequencesGiveTheSame) {
  backend::clear_session();
  const RNNOptions flags{.return_sequences = true, .return_state = true};
  const auto layer = GetParam().make(flags);
  const auto in = inputs_of(GetParam(), flags, 90, 3);
  const auto want = layer(in.x, in.options()).flatten();
  expect_near(RNN(layer->cell(), flags)(in.x, in.options()).flatten(), want, "steps");
  expect_near(outputs_in_model(layer, in), want, "one op");
  expect_near(outputs_in_model(RNN(layer->cell(), flags), in), want, "a loop");
}

INSTANTIATE_TEST_SUITE_P(Kinds, RecurrentPaths, testing::ValuesIn(kKinds),
                         [](const auto& test) { return std::string(test.param.name); });

}  // namespace
