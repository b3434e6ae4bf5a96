// Trainable flags and the order of weights they imply; default names and clear_session.
#include "helpers.h"

namespace hornbeam::engine_test {
namespace {

using Trainable = EngineTest;

TEST_F(Trainable, AModelsWeightsGoLayerByLayer) {
  const Sequential model(
      {Input({2}), Dense(2, {.name = "a"}), BatchNormalization({.name = "n"}), Dense(1, {.name = "b"})});
  EXPECT_EQ(names_of(model->weights()), (Names{"a/kernel:0", "a/bias:0", "n/gamma:0", "n/beta:0", "n/moving_mean:0",
                                               "n/moving_variance:0", "b/kernel:0", "b/bias:0"}));
  EXPECT_EQ(names_of(model->trainable_weights()),
            (Names{"a/kernel:0", "a/bias:0", "n/gamma:0", "n/beta:0", "b/kernel:0", "b/bias:0"}));
  EXPECT_EQ(names_of(model->non_trainable_weights()), (Names{"n/moving_mean:0", "n/moving_variance:0"}));
}

TEST_F(Trainable, AFrozenLayerMovesItsWeights) {
  const Sequential model({Input({2}), Dense(2, {.name = "a"}), Dense(1, {.name = "b"})});
  model->get_layer("a")->set_trainable(false);
  EXPECT_EQ(names_of(model->trainable_weights()), (Names{"b/kernel:0", "b/bias:0"}));
  EXPECT_EQ(names_of(model->non_trainable_weights()), (Names{"a/kernel:0", "a/bias:0"}));
  EXPECT_EQ(names_of(model->weights()), (Names{"a/kernel:0", "a/bias:0", "b/kernel:0", "b/bias:0"}));
}

TEST_F(Trainable, FreezingAModelFreezesWhatIsInIt) {
  const Sequential inner({Input({2}), Dense(2)}, {.name = "inner"});
  const Sequential model({Input({2}), inner, Dense(1)});
  model->set_trainable(false);
  EXPECT_TRUE(model->trainable_weights().empty());
  EXPECT_EQ(model->non_trainable_weights().size(), 4U);
  EXPECT_FALSE(inner->layers()[0]->trainable());
  model->set_trainable(true);
  EXPECT_EQ(model->trainable_weights().size(), 4U);
}

TEST_F(Trainable, AFrozenBatchNormalizationKeepsItsOrder) {
  const Sequential model({Input({2}), BatchNormalization({.name = "n"})});
  model->get_layer("n")->set_trainable(false);
  EXPECT_EQ(names_of(model->weights()), (Names{"n/gamma:0", "n/beta:0", "n/moving_mean:0", "n/moving_variance:0"}));
}

// A layer of layers, which have weights that are not trained, too.
class Pair final : public Layer {
 public:
  Pair() : Layer("pair") {}
  Values call(const Values& x, CallContext&) override { return second(norm(first(x))); }
  HB_ATTR(first, Dense(2, {.name = "a"}));
  HB_ATTR(norm, BatchNormalization({.name = "n"}));
  HB_ATTR(second, Dense(1, {.name = "b"}));
};

TEST_F(Trainable, InKeras3InnerLayersKeepTheirPlaces) {
  for (const auto target : {Target::tf215, Target::keras3}) {
    const TargetScope scope(target);
    const auto pair = make<Pair>();
    const Sequential model({Input({2}), pair});
    const auto moved = [&model] {
      std::vector<std::int64_t> sizes;
      for (const auto& w : model->weights()) sizes.push_back(w->shape().num_elements() * (w->trainable() ? 1 : -1));
      return sizes;
    };
    using Sizes = std::vector<std::int64_t>;
    const Sizes in_place{4, 2, 2, 2, -2, -2, 2, 1};
    EXPECT_EQ(moved(), target == Target::keras3 ? in_place : (Sizes{4, 2, 2, 2, 2, 1, -2, -2}));
    pair->first->set_trainable(false);
    EXPECT_EQ(moved(), target == Target::keras3 ? in_place : (Sizes{2, 2, 2, 1, 4, 2, -2, -2}));
  }
}

TEST_F(Trainable, DefaultNamesCountAsKerass) {
  EXPECT_EQ(Dense(1)->name(), "dense");
  EXPECT_EQ(Dense(1)->name(), "dense_1");
  EXPECT_EQ(BatchNormalization()->name(), "batch_normalization");
  EXPECT_EQ(MaxPooling2D()->name(), "max_pooling2d");
  EXPECT_EQ(Sequential()->name(), "sequential");
  const auto x = Input({1});
  EXPECT_EQ(Functional(x, Dense(1)(x))->name(), "model");
  EXPECT_EQ(Functional(x, Dense(1)(x))->name(), "model_1");
  backend::clear_session();
  EXPECT_EQ(Dense(1)->name(), "dense");
}

TEST_F(Trainable, GivenNamesDoNotCount) {
  EXPECT_EQ(Dense(1, {.name = "dense"})->name(), "dense");
  EXPECT_EQ(Dense(1, {.name = "mine"})->name(), "mine");
  EXPECT_EQ(Dense(1)->name(), "dense");
}

}  // namespace
}  // namespace hornbeam::engine_test
