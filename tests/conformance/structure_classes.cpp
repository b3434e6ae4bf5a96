// Classes of models whose structure is what matters: nested layers, several inputs and outputs, losses, branches.
#include "conformance/corpus_classes.h"
#include "hornbeam/hornbeam.hpp"

namespace conformance {
namespace {

using namespace hornbeam;

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

class Outer final : public CorpusModel {
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

class AddLoss final : public CorpusModel {
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

class DictIO final : public CorpusModel {
 public:
  Values call(const Values& inputs, CallContext&) override {
    const auto sum = a(inputs["u"]).tensor() + b(inputs["v"]).tensor();
    return {{"sum", sum}, {"prob", ops::softmax(sum)}};
  }

 private:
  HB_ATTR(a, Dense(3));
  HB_ATTR(b, Dense(3));
};

class ListIO final : public CorpusModel {
 public:
  Values call(const Values& inputs, CallContext&) override {
    const auto leaves = inputs.flatten();
    return Values{a(leaves.at(0)).tensor(), b(ops::concat({leaves.at(0), leaves.at(1)}, -1)).tensor()};
  }

 private:
  HB_ATTR(a, Dense(3));
  HB_ATTR(b, Dense(2));
};

class TrainBranch final : public CorpusModel {
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

}  // namespace

CustomObjects structure_classes() {
  return {{"Outer", plain_class<Outer>()},
          {"DictIO", plain_class<DictIO>()},
          {"ListIO", plain_class<ListIO>()},
          {"TrainBranch", plain_class<TrainBranch>()}};
}

CustomObjects add_loss_class() { return {{"AddLoss", plain_class<AddLoss>()}}; }

}  // namespace conformance
