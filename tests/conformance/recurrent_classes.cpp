// Classes of models with steps: recurrent layers, and loops written out.
#include "conformance/corpus_classes.h"
#include "hornbeam/hornbeam.hpp"

namespace conformance {
namespace {

using namespace hornbeam;

// [batch of x, n]
Tensor zero_rows(const Tensor& x, std::int32_t n) {
  const auto batch = ops::unstack(ops::shape(x)).at(0);
  return ops::fill(ops::stack({batch, Tensor::scalar(n)}), Tensor::scalar(0.0F));
}

LayerRef recurrent_layer(const std::string& kind) {
  if (kind == "lstm") return LSTM(4);
  if (kind == "gru") return GRU(4);
  if (kind == "bilstm") return Bidirectional(LSTM(3));
  if (kind == "simple") return SimpleRNN(4);
  return RNN(std::vector<CellRef>{GRUCell(3), LSTMCell(3)});
}

class RnnModel final : public Model {
 public:
  explicit RnnModel(const Config& config)
      : kind_(config.at("kind").as_string()), rnn_(track("rnn", recurrent_layer(kind_))), o_(track("o", Dense(2))) {}
  Config get_config() const override { return Config{{"kind", kind_}}; }
  Values call(const Values& inputs, CallContext&) override { return o_(rnn_(emb_(inputs))); }

 private:
  const std::string kind_;
  const Embedding emb_ = track("emb", Embedding(10, 4));
  const LayerRef rnn_;
  const Dense o_;
};

class Seq2Seq final : public CorpusModel {
 public:
  Values call(const Values& inputs, CallContext&) override {
    const auto encoded = enc(inputs).flatten();
    auto h = encoded.at(1), c = encoded.at(2), y = zero_rows(h, 2);
    std::vector<Tensor> steps;
    for (int i = 0; i < 3; ++i) {
      const auto next = cell(ops::concat({y, h}, -1), {.tensors = {{"states", Values{h, c}}}}).flatten();
      h = next.at(1);
      c = next.at(2);
      y = o(next.at(0)).tensor();
      steps.push_back(y);
    }
    return ops::stack(steps, 1);
  }

 private:
  HB_ATTR(enc, LSTM(4, {.return_state = true}));
  HB_ATTR(cell, LSTMCell(4));
  HB_ATTR(o, Dense(2));
};

class WhileCond final : public CorpusModel {
 public:
  Values call(const Values& inputs, CallContext&) override {
    auto x = inputs.tensor();
    for (int i = 0; i < 3; ++i) x = d(x).tensor() + x * 0.5;
    const auto positive = [&] { return std::vector<Tensor>{o(x).tensor()}; };
    const auto other = [&] { return std::vector<Tensor>{-o(x * 2.0).tensor()}; };
    return ops::cond(ops::greater(ops::reduce_sum(x), 0.0), positive, other).at(0);
  }

 private:
  HB_ATTR(d, Dense(5, {.activation = "tanh"}));
  HB_ATTR(o, Dense(2));
};

class ForLoop final : public CorpusModel {
 public:
  Values call(const Values& inputs, CallContext&) override {
    const auto steps = ops::unstack(inputs.tensor(), 1);
    std::vector<Tensor> states;
    for (const auto& x : steps) {
      states.push_back(cell(ops::concat({x, states.empty() ? zero_rows(x, 4) : states.back()}, -1)).tensor());
    }
    return ops::stack(states, 1);
  }

 private:
  HB_ATTR(cell, Dense(4, {.activation = "sigmoid"}));
};

}  // namespace

CustomObjects recurrent_classes() {
  return {{"RnnModel", LayerFactory([](const Config& c) { return std::make_shared<RnnModel>(c); })},
          {"Seq2Seq", plain_class<Seq2Seq>()},
          {"WhileCond", plain_class<WhileCond>()},
          {"ForLoop", plain_class<ForLoop>()}};
}

}  // namespace conformance
