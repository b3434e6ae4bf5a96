// What models::compare asks two models, how it judges arrays, and what it knows of the Kerases' differences.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hornbeam/hornbeam.hpp"
#include "support/temp_dir.h"

namespace hornbeam {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing_support::TempDir;

// Of two models that `make` gives.
template <class Make>
std::pair<ModelRef, ModelRef> twins(Make make) {
  const auto again = [&] {
    backend::clear_session();
    utils::set_random_seed(11);
    ModelRef model = make();
    model->name();  // made up when it is asked for
    return model;
  };
  const auto a = again();
  return {a, again()};
}

std::vector<std::string> names_of(const ModelComparison& found) {
  std::vector<std::string> parts;
  for (const auto& part : found.arrays) parts.push_back(part.part);
  return parts;
}

void add_to_weight(const ModelRef& model, std::size_t i, double by) {
  auto weights = model->get_weights();
  weights[i] = weights[i] + by;
  model->set_weights(weights);
}

MigrationReport to_keras3(const ModelRef& model) {
  const TempDir dir;
  model->save(dir.file("in.h5"), {.target = "tf2.15"});
  return models::migrate(dir.file("in.h5"), dir.file("out.keras"), {.target = "keras3"});
}

TEST(CompareRuns, AFixedBatchIsKept) {
  const auto [a, b] = twins([] {
    const auto x = Input({5, 3}, {.batch_size = 4});
    return Functional(x, LSTM(2, {.stateful = true})(x));
  });
  const auto found = models::compare(a, b, {.run = true});
  EXPECT_TRUE(found.equal()) << found.to_string();
  EXPECT_THAT(names_of(found), ElementsAre("weights", "predictions", "predictions of wide inputs", "gradients"));
}

TEST(CompareRuns, WordsOfTheVocabularyAreLookedUp) {
  backend::clear_session();
  const auto make = [](Config::List words) {
    const auto x = Input({1}, {.dtype = "string"});
    return Functional(x, StringLookup({.vocabulary = Config(std::move(words))})(x));
  };
  const auto a = ModelRef(make({"a", "b", "c"})), b = ModelRef(make({"a", "c", "b"}));
  EXPECT_TRUE(models::compare(a, a, {.run = true}).equal());
  const auto found = models::compare(a, b, {.config = false, .weights = false, .run = true});
  EXPECT_FALSE(found.equal());
  EXPECT_THAT(found.arrays.at(0).where, HasSubstr("string_lookup, element 1: "));
  EXPECT_EQ(models::compare(a, b, {.config = false}).arrays.at(1).part, "lookups");
  EXPECT_FALSE(models::compare(a, b, {.config = false}).equal());
}

TEST(CompareRuns, EachArrayIsJudgedByItsOwnLargestElement) {
  const auto [a, b] = twins([] {
    const auto x = Input({2});
    return Functional(x, Dense(2)(BatchNormalization()(x)));
  });
  auto weights = b->get_weights();
  ASSERT_THAT(a->weights()[3]->name(), HasSubstr("moving_variance"));
  weights[3] = weights[3] + 3e7;
  a->set_weights(weights);
  b->set_weights(weights);
  EXPECT_TRUE(models::compare(a, b).equal());
  add_to_weight(b, 4, 0.5);
  const auto found = models::compare(a, b);
  EXPECT_FALSE(found.equal());
  EXPECT_THAT(found.arrays.at(0).where, HasSubstr("dense/kernel:0, element "));
}

TEST(CompareRuns, SlotsAreSmallAndIterationsWhole) {
  const auto [a, b] = twins([] {
    const auto x = Input({2});
    ModelRef model = Functional(x, Dense(2)(x));
    model->compile({.optimizer = optimizers::Adam({.learning_rate = 1e-3}), .loss = "mse"});
    model->optimizer()->build(model->trainable_weights());
    auto state = model->optimizer()->get_weights();
    state[0] = Tensor::scalar<std::int64_t>(100000);
    for (std::size_t i = 1; i < state.size(); ++i) state[i] = state[i] + 1e-9;
    model->optimizer()->set_weights(state);
    return model;
  });
  EXPECT_TRUE(models::compare(a, b).equal());
  auto state = b->optimizer()->get_weights();
  state[0] = Tensor::scalar<std::int64_t>(100001);
  b->optimizer()->set_weights(state);
  EXPECT_FALSE(models::compare(a, b).equal());
  state[0] = Tensor::scalar<std::int64_t>(100000);
  state.back() = ops::zeros_like(state.back());
  b->optimizer()->set_weights(state);
  EXPECT_FALSE(models::compare(a, b).equal());
}

// Cannot be traced but so often.
int traces_left = 0;
Tensor tiring(const Tensor& x) {
  if (traces_left-- <= 0) throw ValueError("too tired");
  return x * 2.0;
}

TEST(CompareRuns, WhatOneCannotDoIsNoProof) {
  const CustomObjects objects{{"tiring", HB_FUNCTION(tiring)}};
  const CustomObjectScope scope(objects);
  traces_left = 1000;
  const auto [a, b] = twins([] {
    const auto x = Input({2});
    return Functional(x, Dense(2, {.activation = "tiring"})(x));
  });
  traces_left = 1;
  const auto found = models::compare(a, b, {.run = true});
  EXPECT_FALSE(found.equal() || found.equal_but_unproved());
  EXPECT_THAT(found.not_compared, Contains("predictions: only the second cannot: ValueError: too tired"));
}

TEST(CompareRuns, WhatNeitherCanDoNeedsToBeSaid) {
  const CustomObjects objects{{"tiring", HB_FUNCTION(tiring)}};
  const CustomObjectScope scope(objects);
  traces_left = 1000;
  backend::clear_session();
  const auto x = Input({2});
  const TempDir dir;
  Functional(x, Dense(2, {.activation = "tiring"})(x))->save(dir.file("in.h5"), {.target = "tf2.15"});
  traces_left = 2;  // to make the two models
  const auto report = models::migrate(dir.file("in.h5"), dir.file("out.keras"), {.target = "keras3"});
  EXPECT_FALSE(report.written);
  EXPECT_FALSE(report.proof->equal());
  EXPECT_TRUE(report.proof->equal_but_unproved()) << report.to_string();
  EXPECT_THAT(report.proof->unproved, Contains("predictions: neither can: ValueError: too tired"));
  EXPECT_EQ(dir.count(), 1U);
  traces_left = 2;
  EXPECT_TRUE(
      models::migrate(dir.file("in.h5"), dir.file("out.keras"), {.target = "keras3", .unproved = true}).written);
}

TEST(CompareRuns, ResultsAreMatchedByName) {
  backend::clear_session();
  const auto x = Input({4});
  ModelRef model =
      Functional(x, Values{Dense(2, {.name = "reg"})(x), Dense(3, {.activation = "softmax", .name = "cls"})(x)});
  model->compile(
      {.optimizer = optimizers::SGD(),
       .loss = {{"reg", "mse"}, {"cls", "categorical_crossentropy"}},
       .metrics = Metrics(std::map<std::string, std::vector<Metric>>{{"reg", {"mae"}}, {"cls", {"accuracy"}}})});
  const auto report = to_keras3(model);
  EXPECT_TRUE(report.proof->equal()) << report.to_string();
}

TEST(CompareRuns, WeightsAreMatchedByPath) {
  backend::clear_session();
  const auto x = Input({4});
  auto report = to_keras3(Functional(x, SpectralNormalization(Dense(4, {.name = "d"}))(x)));
  EXPECT_TRUE(report.proof->equal()) << report.to_string();
  backend::clear_session();
  const auto words = Input({1}, {.dtype = "string"});
  report = to_keras3(Functional(words, StringLookup({.vocabulary = Config::List{"a", "b"},
                                                     .idf_weights = std::vector<double>{0.5, 2.0},
                                                     .output_mode = "tf_idf"})(words)));
  EXPECT_TRUE(report.proof->equal()) << report.to_string();
  EXPECT_THAT(names_of(*report.proof), ElementsAre("weights", "lookups", "predictions"));
}

ModelRef of_words() {
  ModelRef model = Sequential({Input({6}, {.dtype = "int32"}), Embedding(5, 2), Flatten(), Dense(1)});
  model->compile({.optimizer = optimizers::Adam({.learning_rate = 0.1}), .loss = "mse"});
  return model;
}

TEST(CompareRuns, RowsPickedTwiceAreUpdatedAsTheKerasesDo) {
  backend::clear_session();
  const auto report = to_keras3(of_words());
  EXPECT_TRUE(report.proof->equal()) << report.to_string();
  EXPECT_THAT(report.proof->explained,
              ElementsAre(HasSubstr("trained weights: the Kerases' optimizers differ in rows")));
}

// A layer that adds a metric where its Keras has add_metric.
class Watched final : public Layer {
 public:
  explicit Watched(const Config& config) : Layer(layer_options_from(config)) {}
  Values call(const Values& inputs, CallContext& context) override {
    if (current_target() != Target::keras3) context.add_metric(ops::abs(inputs.tensor()), "size");
    return inputs;
  }
  std::string class_name() const override { return "Watched"; }
};

TEST(CompareRuns, MetricsOfLayersAreNoneInKeras3) {
  const CustomObjects objects{
      {"Watched", LayerFactory([](const Config& config) { return std::make_shared<Watched>(config); })}};
  const CustomObjectScope scope(objects);
  backend::clear_session();
  const auto x = Input({2});
  ModelRef model = Functional(x, Dense(1)(Ref<Watched>(std::make_shared<Watched>(Config{{"name", "w"}}))(x)));
  model->compile({.optimizer = optimizers::SGD(), .loss = "mse", .metrics = {"mae"}});
  const auto report = to_keras3(model);
  EXPECT_TRUE(report.proof->equal()) << report.to_string();
  EXPECT_THAT(report.proof->explained, ElementsAre(HasSubstr("loss and metrics: size is added by a layer")));
}

// Of keys, whose bias no attention depends on.
TEST(CompareRuns, GradientsThatCancelOutAreRoundingErrors) {
  backend::clear_session();
  utils::set_random_seed(2);
  const auto x = Input({6, 8});
  const auto report = to_keras3(Functional(x, MultiHeadAttention(2, 4)(x, {.tensors = {{"value", x}}})));
  EXPECT_TRUE(report.proof->equal()) << report.to_string();
}

// The same excuse is none for another step.
TEST(CompareRuns, OtherStepsOfEmbeddingsAreNotExcused) {
  const auto [a, b] = twins(of_words);
  const auto report = models::compare(a, b, {.run = true, .train = true});
  EXPECT_TRUE(report.equal() && report.explained.empty()) << report.to_string();
  const auto [c, d] = twins(of_words);
  d->set_target("keras3");
  d->compile({.optimizer = optimizers::Adam({.learning_rate = 0.2, .generation = OptimizerGeneration::keras3}),
              .loss = "mse"});
  const auto found = models::compare(c, d, {.optimizer = false, .run = true, .train = true});
  EXPECT_FALSE(found.equal()) << found.to_string();
  EXPECT_THAT(found.explained, IsEmpty());
}

ModelRef in_half_precision() {
  const auto x = Input({6});
  const auto y =
      BatchNormalization({.name = "bn", .dtype = "mixed_bfloat16"})(Dense(6, {.dtype = "mixed_bfloat16"})(x));
  return Functional(x, Dense(2, {.dtype = "float32"})(y));
}

TEST(CompareRuns, NormalizationInHalfPrecisionIsAFewRoundingsApart) {
  backend::clear_session();
  utils::set_random_seed(4);
  const auto make = [] {
    const auto model = in_half_precision();
    auto weights = model->get_weights();
    weights[4] = weights[4] + 0.3;  // the moving mean and variance
    weights[5] = weights[5] + 0.7;
    model->set_weights(weights);
    return model;
  };
  const auto [a, b] = twins(make);
  a->set_target("tf2.2");
  b->set_target("keras3");
  const auto found = models::compare(a, b, {.run = true});
  EXPECT_TRUE(found.equal()) << found.to_string();
  EXPECT_THAT(found.explained, Contains(HasSubstr("predictions: tf.keras 2.2 normalizes batches in half precision")));
  add_to_weight(b, 6, 0.001);  // within these roundings, but no rounding
  EXPECT_FALSE(models::compare(a, b, {.weights = false, .run = true}).equal());
}

// "and" in tf.keras, "or" in Keras 3 (docs/differences.md): inputs masked in the same places would not tell.
TEST(CompareRuns, MasksOfMergesAreJoinedOtherwiseInKeras3) {
  const auto masked_sum = [](bool masks) {
    backend::clear_session();
    const auto x = Input({4, 3}), y = Input({4, 3});
    const auto seen = [&](const Tensor& t) { return masks ? Masking()(t) : Values(t); };
    return Functional({x, y}, GlobalAveragePooling1D()(Add()({seen(x), seen(y)})));
  };
  EXPECT_TRUE(to_keras3(masked_sum(false)).written);
  const auto report = to_keras3(masked_sum(true));
  EXPECT_FALSE(report.written);
  EXPECT_THAT(report.to_string(), HasSubstr("predictions of wide inputs: 1 array, "));
}

}  // namespace
}  // namespace hornbeam
