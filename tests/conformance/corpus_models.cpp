#include "conformance/corpus_models.h"

#include <functional>

#include "hornbeam/hornbeam.hpp"

namespace conformance {
namespace {

using namespace hornbeam;

// [batch of x, n]
Tensor zero_rows(const Tensor& x, std::int32_t n) {
  const auto batch = ops::unstack(ops::shape(x)).at(0);
  return ops::fill(ops::stack({batch, Tensor::scalar(n)}), Tensor::scalar(0.0F));
}

// Classes as a user of the library writes them, with the attribute names and computations of the corpus's. Class names
// are the corpus's, too: names of weights are made of them.
class CustomModel final : public Model {
 public:
  Values call(const Values& inputs, CallContext&) override {
    auto x = inputs;
    for (const auto& layer : dense_layers_) x = layer(x);
    return x;
  }

 private:
  const std::vector<Dense> dense_layers_ = track("dense_layers", std::vector<Dense>{Dense(16), Dense(16), Dense(10)});
};

class SubclassedModel final : public Model {
 public:
  Values call(const Values& inputs, CallContext&) override { return dense_3(dense_2(dense_1(inputs))); }

 private:
  HB_ATTR(dense_1, Dense(64, {.activation = "relu", .name = "dense_1"}));
  HB_ATTR(dense_2, Dense(64, {.activation = "relu", .name = "dense_2"}));
  HB_ATTR(dense_3, Dense(10, {.name = "predictions"}));
};

class ContrivedModel final : public Model {
 public:
  ContrivedModel() : kernel_(add_weight("kernel", {64, 10})), bias_(add_weight("bias", {10})) {}
  Values call(const Values& inputs, CallContext&) override {
    return ops::matmul(first_dense(inputs).tensor(), kernel_) + bias_;
  }

 private:
  HB_ATTR(first_dense, Dense(64));
  const Variable kernel_, bias_;
};

class NestedDenseLayer final : public Layer {
 public:
  explicit NestedDenseLayer(std::int64_t units) : Layer("nested"), units_(units) {}
  Values call(const Values& inputs, CallContext&) override { return dense_2_(dense_1_(inputs)); }

 private:
  const std::int64_t units_;
  const Dense dense_1_ = track("dense_1", Dense(units_, {.name = "dense_1"}));
  const Dense dense_2_ = track("dense_2", Dense(units_, {.name = "dense_2"}));
};

class RnnModel final : public Model {
 public:
  explicit RnnModel(const LayerRef& rnn) : rnn_(track("rnn", rnn)), o_(track("o", Dense(2))) {}
  Values call(const Values& inputs, CallContext&) override { return o_(rnn_(emb_(inputs))); }

 private:
  const Embedding emb_ = track("emb", Embedding(10, 4));
  const LayerRef rnn_;
  const Dense o_;
};

class Inner final : public Layer {
 public:
  explicit Inner(std::int64_t n) : a_(track("a", Dense(n, {.activation = "elu"}))), b_(track("b", Dense(n))) {}
  using Layer::build;
  void build(const Shape& s) override { scale_ = add_weight("scale", {s.back()}, {.initializer = "ones"}); }
  Values call(const Values& x, CallContext&) override { return b_(a_(x.tensor() * scale_)); }

 private:
  const Dense a_, b_;
  Variable scale_;
};

class Outer final : public Model {
 public:
  Values call(const Values& inputs, CallContext&) override {
    auto x = inputs;
    for (const auto& block : blocks_) x = block(x);
    return tail_(named_.at("left")(x).tensor() * named_.at("right")(x).tensor());
  }

 private:
  const std::vector<LayerRef> blocks_ = track("blocks", std::vector<LayerRef>{make<Inner>(4), make<Inner>(3)});
  const std::map<std::string, LayerRef> named_ =
      track("named", std::map<std::string, LayerRef>{{"left", Dense(2)}, {"right", make<Inner>(2)}});
  const Sequential tail_ = track("tail", Sequential({Dense(4, {.activation = "relu"}), Dense(2)}));
};

class AddLoss final : public Model {
 public:
  Values call(const Values& x, CallContext& context) override {
    const auto z = enc(x).tensor(), y = dec(z).tensor();
    context.add_loss(ops::reduce_mean(ops::square(y - x.tensor())));
    if (current_target() != Target::keras3) context.add_metric(z, "zmean");
    return y;
  }

 private:
  HB_ATTR(enc, Dense(3, {.activation = "tanh", .kernel_regularizer = regularizers::L2(0.01)}));
  HB_ATTR(dec, Dense(5));
};

class DictIO final : public Model {
 public:
  Values call(const Values& inputs, CallContext&) override {
    const auto sum = a(inputs["u"]).tensor() + b(inputs["v"]).tensor();
    return {{"sum", sum}, {"prob", ops::softmax(sum)}};
  }

 private:
  HB_ATTR(a, Dense(3));
  HB_ATTR(b, Dense(3));
};

class ListIO final : public Model {
 public:
  Values call(const Values& inputs, CallContext&) override {
    const auto leaves = inputs.flatten();
    return Values{a(leaves.at(0)).tensor(), b(ops::concat({leaves.at(0), leaves.at(1)}, -1)).tensor()};
  }

 private:
  HB_ATTR(a, Dense(3));
  HB_ATTR(b, Dense(2));
};

class Seq2Seq final : public Model {
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

class TrainBranch final : public Model {
 public:
  Values call(const Values& inputs, CallContext& context) override {
    auto x = d(inputs).tensor();
    if (context.training()) x = x * 2.0;
    return o(bn(x));
  }

 private:
  HB_ATTR(d, Dense(4, {.activation = "relu"}));
  HB_ATTR(bn, BatchNormalization({.momentum = 0.8}));
  HB_ATTR(o, Dense(2));
};

class WhileCond final : public Model {
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

class ForLoop final : public Model {
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

Target target_of(const Case& c) {
  if (c.producer.starts_with("keras-3")) return Target::keras3;
  return c.producer.starts_with("tf-2.2") ? Target::tf22 : Target::tf215;
}

LayerRef recurrent_layer(const std::string& kind) {
  if (kind == "lstm") return LSTM(4);
  if (kind == "gru") return GRU(4);
  if (kind == "bilstm") return Bidirectional(LSTM(3));
  if (kind == "simple") return SimpleRNN(4);
  return RNN(std::vector<CellRef>{GRUCell(3), LSTMCell(3)});
}

ModelRef new_model(const std::string& name, Target target) {
  if (name == "guide_02_custom_model_no_config") return make<CustomModel>();
  if (name == "guide_13_functional_to_subclassed") return make<SubclassedModel>();
  // 2.2 does not write what is the model's own to H5.
  if (name == "guide_18_contrived_checkpoint" && target != Target::tf22) return make<ContrivedModel>();
  if (name == "guide_20_nested_order") return Sequential({Input({784}), make<NestedDenseLayer>(10)});
  if (name == "e_nested_custom") return make<Outer>();
  if (name == "e_add_loss") return make<AddLoss>();
  if (name == "e_dict_io") return make<DictIO>();
  if (name == "e_list_io") return make<ListIO>();
  if (name == "e_seq2seq") return make<Seq2Seq>();
  if (name.starts_with("e_training_branch")) return make<TrainBranch>();
  // In Keras 3 what a tf.function traced keeps the values its variables had then: the predictions of these two are not
  // those of the weights it saved.
  if (name == "e_while_cond" && target != Target::keras3) return make<WhileCond>();
  if (name == "e_tensorarray_loop" && target != Target::keras3) return make<ForLoop>();
  const std::string rnn = "e_rnn_";
  return name.starts_with(rnn) ? make<RnnModel>(recurrent_layer(name.substr(rnn.size()))) : ModelRef();
}

}  // namespace

ModelRef corpus_model(const Case& c) {
  const auto target = target_of(c);
  const TargetScope scope(target);
  auto model = new_model(c.name, target);
  if (!model) return model;
  model(c.inputs());
  if (c.name == "e_training_branch_compiled") model->compile({.optimizer = "sgd", .loss = "mse"});
  // Trained by what it adds to the loss.
  if (c.name == "e_add_loss" && target != Target::keras3) {
    model->compile({.optimizer = optimizers::SGD({.learning_rate = 0.1})});
  }
  return model;
}

}  // namespace conformance
