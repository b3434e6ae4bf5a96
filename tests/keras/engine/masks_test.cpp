// Masks: made by a layer, carried by the tensors, passed on, used or dropped.
#include "helpers.h"

namespace hornbeam::engine_test {
namespace {

// Sums over time what the mask lets through.
class MaskedSum : public Layer {
 public:
  Values call(const Values& x, CallContext& context) override {
    Tensor t = x;
    if (const auto mask = context.mask(); mask.defined()) t = t * ops::expand_dims(ops::cast(mask, t.dtype()), -1);
    return ops::reduce_sum(t, {1});
  }
};

using Masks = EngineTest;

TEST_F(Masks, EmbeddingMakesOne) {
  const Embedding embedding(5, 2, {.embeddings_initializer = "ones", .mask_zero = true});
  const auto y = embedding(Tensor::from<std::int32_t>({1, 3}, {1, 0, 2}));
  ASSERT_TRUE(y.mask().defined());
  const auto mask = y.mask().data<bool>();
  EXPECT_EQ((std::vector<bool>(mask.begin(), mask.end())), (std::vector<bool>{true, false, true}));
}

TEST_F(Masks, TravelThroughLayersThatSupportThem) {
  const auto x = Input({None}, {.dtype = "int32"});
  const auto h = Dropout(0.5)(Embedding(5, 2, {.embeddings_initializer = "ones", .mask_zero = true})(x));
  const auto model = Functional(x, make<MaskedSum>()(h));
  expect_values(model->predict(Tensor::from<std::int32_t>({2, 3}, {1, 0, 2, 0, 0, 3})), {2, 2}, {2, 2, 1, 1});
}

TEST_F(Masks, AreUsedByGlobalAveragePooling) {
  const auto x = Input({3, 1});
  const auto model = Functional(x, GlobalAveragePooling1D()(Masking()(x)));
  expect_values(model->predict(floats({1, 3, 1}, {4, 0, 2})), {1, 1}, {3});
}

TEST_F(Masks, StopAtLayersThatDoNotSupportThem) {
  const Embedding embedding(5, 2, {.mask_zero = true});
  const auto y = make<MaskedSum>()(embedding(Tensor::from<std::int32_t>({1, 2}, {1, 0})));
  EXPECT_FALSE(y.mask().defined());
}

TEST_F(Masks, MayBeGivenInTheCall) {
  const auto sum = make<MaskedSum>();
  const auto x = floats({1, 2, 1}, {3, 4});
  expect_values(sum(x), {1, 1}, {7});
  expect_values(sum(x, {.mask = Tensor::from<bool>({1, 2}, {true, false})}), {1, 1}, {3});
}

}  // namespace
}  // namespace hornbeam::engine_test
