// Results that are arrays, and which epoch each value of a history is of.
#include <gmock/gmock.h>

#include <sstream>

#include "hornbeam/hornbeam.hpp"
#include "keras/callbacks/cases.h"

using namespace hornbeam;
using callbacks_test::model_of;
using callbacks_test::wave;
using testing::ElementsAre;

namespace {

constexpr const char* kProducersOfArrays[] = {"tf-2.2.3", "tf-2.15.1", "keras-3.15.1"};

std::vector<float> floats_of(const Result& result) {
  const auto array = result.array();
  const auto values = array.data<float>();
  return {values.begin(), values.end()};
}

// So many batches, which the dataset does not say beforehand.
Dataset batches_of(int count, const std::function<Batch()>& make) {
  return Dataset::from_generator([=] {
    return Dataset::Next([=, left = count]() mutable { return left-- > 0 ? std::optional(make()) : std::nullopt; });
  });
}

TEST(Results, AreNumbersOrArrays) {
  const Result number = 0.5, of_tensor(Tensor::scalar(0.25F));
  EXPECT_FALSE(number.is_array());
  EXPECT_EQ(number, 0.5);
  EXPECT_EQ(number.array().item<double>(), 0.5);
  EXPECT_EQ(of_tensor, Result(0.25));
  const Result array(Tensor::from<float>({2}, {1, 4})), one(Tensor::from<float>({1}, {7}));
  EXPECT_TRUE(array.is_array());
  EXPECT_EQ(array.mean(), 2.5);
  EXPECT_THAT(floats_of(array), ElementsAre(1, 4));
  EXPECT_EQ(one, 7);  // as NumPy's float() of it
  EXPECT_THROW((void)array.number(), TypeError);
  EXPECT_EQ(array, Result(Tensor::from<float>({2}, {1, 4})));
  EXPECT_FALSE(array == Result(Tensor::from<float>({2}, {1, 5})));
  EXPECT_FALSE(array == Result(Tensor::from<double>({2}, {1, 4})));
  EXPECT_FALSE(array == Result(2.5));
  EXPECT_THROW(Result(Tensor::from<std::string>({1}, {"a"})), TypeError);
  std::ostringstream text;
  text << number;
  EXPECT_EQ(text.str(), "0.5");
}

TEST(Results, OfEvaluateAndSingleBatchesKeepArrays) {
  for (const auto* producer : kProducersOfArrays) {
    SCOPED_TRACE(producer);
    for (const bool eagerly : {false, true}) {
      const auto model = model_of(producer, 0.1, "mae");
      model->compile({.optimizer = "sgd",
                      .loss = "mse",
                      .metrics = {std::make_shared<callbacks_test::Columns>()},
                      .run_eagerly = eagerly});
      const auto x = wave({14, 5}), y = wave({14, 2});
      const auto logs = model->evaluate(x, y, {.batch_size = 4, .verbose = 0});
      EXPECT_THAT(floats_of(logs.at("columns")), ElementsAre(14, 3.5F));
      EXPECT_FALSE(logs.at("loss").is_array());
      // What one call told stays as it was when the next one runs.
      const auto first = model->train_on_batch(x, y, {.reset_metrics = false});
      const auto second = model->test_on_batch(x, y, {.reset_metrics = false});
      EXPECT_THAT(floats_of(first.at("columns")), ElementsAre(28, 7));
      EXPECT_THAT(floats_of(second.at("columns")), ElementsAre(42, 10.5F));
      EXPECT_THAT(floats_of(first.at("columns")), ElementsAre(28, 7));
    }
  }
}

// A step of one's own, whose result has as many elements as the batch has rows.
class OfRows final : public Model {
 public:
  Values call(const Values& inputs, CallContext&) override { return inputs; }
  StepResults test_step(const Batch& data) override { return {{"rows", ops::reduce_sum(data.x.tensor(), {1})}}; }
};

TEST(Results, OfAStepMayHaveAnyShape) {
  for (const bool eagerly : {false, true}) {
    const auto model = make<OfRows>();
    model->compile({.optimizer = "sgd", .loss = "mse", .run_eagerly = eagerly});
    const auto x = Tensor::from<float>({3, 2}, {1, 2, 3, 4, 5, 6});
    EXPECT_THAT(floats_of(model->evaluate(x, x, {.verbose = 0}).at("rows")), ElementsAre(3, 7, 11));
    EXPECT_THAT(floats_of(model->evaluate(x, x, {.batch_size = 2, .verbose = 0}).at("rows")), ElementsAre(11));
  }
}

TEST(Histories, KeepArraysAndTellThemAsText) {
  const auto model = model_of("keras-3.15.1", 0.1, "columns");
  const auto history = model->fit(wave({8, 5}), wave({8, 2}),
                                  {.epochs = 3, .verbose = 0, .validation_split = 0.5, .validation_freq = {3}});
  EXPECT_THAT(floats_of(history.at("columns")[2]), ElementsAre(4, 1));
  EXPECT_EQ(history.epochs_of,
            (std::map<std::string, std::vector<std::int64_t>>{{"val_columns", {2}}, {"val_loss", {2}}}));
  const auto json = Config::parse(history.to_json());
  EXPECT_EQ(json.at("history").at("columns").dump(), "[[4.0, 1.0], [4.0, 1.0], [4.0, 1.0]]");
  EXPECT_EQ(json.at("history").at("val_columns").dump(), "[[4.0, 1.0]]");
  EXPECT_EQ(json.at("epochs_of").at("val_columns").dump(), "[2]");
  EXPECT_THAT(history.to_csv(), testing::StartsWith("epoch,loss,columns,val_loss,val_columns\n0,"));
  EXPECT_THAT(history.to_csv(), testing::HasSubstr(",\"[4.0, 1.0]\",,\n1,"));
  EXPECT_THAT(history.to_csv(), testing::EndsWith(",\"[4.0, 1.0]\"\n"));
}

TEST(Histories, KnowTheEpochOfEachValue) {
  callbacks::LambdaCallbackOptions adds;
  adds.on_epoch_end = [](std::int64_t epoch, Logs& logs) {
    if (epoch == 3 || epoch == 6) logs.set("now_and_then", static_cast<double>(epoch));
    if (epoch < 5) logs.set("at_first", static_cast<double>(epoch));
  };
  const auto history = model_of("tf-2.15.1", 0.1, "mae")
                           ->fit(wave({8, 5}), wave({8, 2}),
                                 {.epochs = 7,
                                  .verbose = 0,
                                  .callbacks = {callbacks::LambdaCallback(adds)},
                                  .validation_split = 0.5,
                                  .initial_epoch = 2,
                                  .validation_freq = {1, 4, 5}});
  using Values = std::vector<std::optional<Result>>;
  EXPECT_EQ(history.at("now_and_then"), (std::vector<Result>{3, 6}));  // as in Keras
  EXPECT_EQ(history.by_epoch("now_and_then"), (Values{{}, 3, {}, {}, 6}));
  EXPECT_EQ(history.by_epoch("at_first"), (Values{2, 3, 4, {}, {}}));
  const auto validated = history.by_epoch("val_loss");
  for (std::size_t e = 0; e < 5; ++e) EXPECT_EQ(validated[e].has_value(), e == 1 || e == 2) << e;
  EXPECT_EQ(history.epochs_of.at("val_loss"), (std::vector<std::int64_t>{3, 4}));
  EXPECT_FALSE(history.epochs_of.contains("loss"));
}

TEST(ValidationFreq, IsACountOrAListOfEpochs) {
  const ValidationFreq each = 2, listed = {1, 4}, none(std::vector<std::int64_t>{});
  EXPECT_TRUE(each.takes(4));
  EXPECT_FALSE(each.takes(3));
  EXPECT_TRUE(listed.takes(4));
  EXPECT_FALSE(listed.takes(2));
  EXPECT_TRUE(each.within(3, 4));
  EXPECT_FALSE(each.within(3, 3));
  EXPECT_TRUE(listed.within(2, 4));
  EXPECT_FALSE(listed.within(5, 9));
  EXPECT_FALSE(none.takes(1));
  EXPECT_FALSE(ValidationFreq(0).valid());
  const auto x = wave({8, 5}), y = wave({8, 2});
  EXPECT_THROW(model_of("tf-2.15.1", 0.1, "mae")->fit(x, y, {.verbose = 0, .validation_freq = 0}), ValueError);
  // Data that are never looked at may be of any form, as in Keras.
  const auto history = model_of("tf-2.15.1", 0.1, "mae")
                           ->fit(x, y,
                                 {.epochs = 2,
                                  .verbose = 0,
                                  .validation_data = ValidationData{wave({8, 3}), y, {}},
                                  .validation_freq = {3}});
  EXPECT_EQ(history.history.size(), 2U);
}

// Each Keras says so after its first epoch, which is then lost.
TEST(Validation, OfADatasetThatDoesNotFitIsRefusedBeforeTheTraining) {
  const auto data = batches_of(2, [] { return Batch{.x = wave({4, 5}), .y = wave({4, 2})}; });
  const auto bad_x = batches_of(2, [] { return Batch{.x = wave({4, 3}), .y = wave({4, 2})}; });
  const auto bad_y = batches_of(2, [] { return Batch{.x = wave({4, 5}), .y = wave({4, 3})}; });
  const auto empty = batches_of(0, [] { return Batch{}; });
  const auto x = wave({8, 5}), y = wave({8, 2});
  for (const auto* producer : kProducersOfArrays) {
    SCOPED_TRACE(producer);
    for (const auto& bad : {bad_x, bad_y, empty}) {
      const auto model = model_of(producer, 0.1, "mae");
      const auto before = model->get_weights();
      const auto unchanged = [&] {
        for (std::size_t i = 0; i < before.size(); ++i) {
          EXPECT_TRUE(std::ranges::equal(before[i].data<float>(), model->get_weights()[i].data<float>()));
        }
      };
      EXPECT_THROW(model->fit(x, y, {.verbose = 0, .validation_dataset = bad}), ValueError);
      unchanged();
      EXPECT_THROW(model->fit(data, {.verbose = 0, .validation_dataset = bad}), ValueError);
      unchanged();
      EXPECT_THROW(model->fit(data, {.verbose = 0, .validation_data = ValidationData{wave({4, 3}), wave({4, 2}), {}}}),
                   ValueError);
      unchanged();
      // Nobody looks at it.
      EXPECT_EQ(model->fit(data, {.verbose = 0, .validation_freq = 2, .validation_dataset = bad}).epoch.size(), 1U);
    }
  }
}

TEST(Validation, OfADatasetLeavesRandomNumbersAsTheyAre) {
  const auto x = wave({8, 5}), y = wave({8, 2});
  const auto losses = [&](bool looked_at) {
    utils::set_random_seed(5);
    const auto model = model_of("keras-3.15.1", 0.1, "mae");
    const auto noisy = batches_of(2, [] { return Batch{.x = ops::random_normal({4, 5}), .y = wave({4, 2})}; });
    FitOptions o{.batch_size = 2, .epochs = 2, .verbose = 0};
    o.validation_dataset = noisy;
    if (!looked_at) o.validation_freq = 9;
    return model->fit(x, y, o).at("loss")[0];
  };
  EXPECT_EQ(losses(true), losses(false));
}

TEST(Labels, OfOneArrayAreThoseOfEveryOutputInKeras2) {
  const auto x = Input({5}, {.name = "x"});
  const auto a = Dense(2, {.name = "a"}), b = Dense(2, {.name = "b"});
  const Functional model(x, Values({a(x), b(x)}));
  const auto data = wave({6, 5}), labels = wave({6, 2});
  for (const std::string target : {"tf2.2", "tf2.15"}) {
    model->set_target(target);
    model->compile({.optimizer = "sgd", .loss = "mse"});
    EXPECT_EQ(model->evaluate(data, labels, {.verbose = 0}).values(),
              model->evaluate(data, Values({labels, labels}), {.verbose = 0}).values());
  }
}

}  // namespace
