// Training's API: what a caller sees beside the numbers (recorded_fit_test.cpp has those).
#include <gtest/gtest.h>

#include <cmath>

#include "hornbeam/hornbeam.hpp"

namespace hornbeam {
namespace {

TEST(Fit, ShuffledEpochsFollowTheSeed) {
  const auto run = [](std::int64_t seed) {
    utils::set_random_seed(seed);
    const auto x = Input({3}, {.name = "x"});
    const Functional model(x, Dense(2, {.kernel_initializer = "ones"})(x));
    model->compile({.optimizer = "sgd", .loss = "mse"});
    Tensor data = Tensor::empty(DType::float32, {12, 3}), y = Tensor::empty(DType::float32, {12, 2});
    for (std::size_t i = 0; i < 36; ++i) data.mutable_data<float>()[i] = std::sin(static_cast<float>(i));
    for (std::size_t i = 0; i < 24; ++i) y.mutable_data<float>()[i] = std::cos(static_cast<float>(i));
    return model->fit(data, y, {.batch_size = 2, .epochs = 2, .verbose = 0}).at("loss");
  };
  EXPECT_EQ(run(1), run(1));
  EXPECT_NE(run(1), run(2));
}

TEST(Logs, HaveAValueForEachName) {
  const Logs logs({"loss", "mae"}, {0.5, 0.25});
  EXPECT_EQ(logs.at("mae"), 0.25);
  EXPECT_THROW(logs.at("mse"), KeyError);
  EXPECT_THROW(Logs({"loss", "mae"}, {0.5}), ValueError);
  EXPECT_THROW(Logs({"loss"}, {0.5, 0.25}), ValueError);
  EXPECT_TRUE(Logs().names().empty());
}

TEST(Fit, SaysWhatIsWrongInKerassWords) {
  const auto x = Input({3}, {.name = "x"});
  const Functional model(x, Dense(2, {.name = "out"})(x));
  const auto data = Tensor::zeros(DType::float32, {4, 3}), y = Tensor::zeros(DType::float32, {4, 2});
  const auto message = [](const auto& call) -> std::string {
    try {
      call();
    } catch (const Error& error) {
      return error.report();
    }
    return "no error";
  };
  EXPECT_EQ(message([&] { model->fit(data, y); }),
            "RuntimeError: You must compile your model before training/testing. Use `model.compile(optimizer, loss)`.");
  EXPECT_EQ(message([&] {
              model->compile({.optimizer = "sgd", .loss = Losses{{"other", "mse"}}});
            }),
            "ValueError: Found unexpected keys that do not correspond to any Model output: ['other']. Expected: "
            "['out']");
  model->compile({.optimizer = "sgd", .loss = "mse"});
  EXPECT_EQ(message([&] {
              model->fit(data, Tensor::zeros(DType::float32, {3, 2}));
            }),
            "ValueError: Data cardinality is ambiguous:\n  x sizes: 4\n  y sizes: 3\nMake sure all arrays contain "
            "the same number of samples.");
  EXPECT_EQ(message([&] { model->fit(data, y, {.batch_size = -1}); }),
            "ValueError: `batch_size` must be a positive integer. Received: -1");
  EXPECT_EQ(message([&] { model->evaluate(data); }),
            "ValueError: No loss to compute. Provide a `loss` argument in `compile()`, and y in `fit()` or "
            "`evaluate()`.");
}

TEST(Fit, EveryClassHasAWeight) {
  const auto x = Input({3}, {.name = "x"});
  const Functional model(x, Dense(3, {.activation = "softmax"})(x));
  model->compile({.optimizer = "sgd", .loss = "sparse_categorical_crossentropy"});
  const auto data = Tensor::zeros(DType::float32, {3, 3});
  const auto y = Tensor::from<std::int64_t>({3}, {0, 1, 2});
  const auto fit = [&](std::map<std::int64_t, double> weights) {
    model->fit(data, y, {.verbose = 0, .class_weight = std::move(weights)});
  };
  EXPECT_THROW(fit({{0, 1.0}, {1, 2.0}}), ValueError);  // not of the labels
  EXPECT_THROW(fit({{0, 1.0}, {2, 2.0}}), ValueError);  // not in order
  EXPECT_NO_THROW(fit({{0, 1.0}, {1, 2.0}, {2, 3.0}}));
}

TEST(Fit, AFrozenNormalisationRunsAsInInferenceEvenWithNothingToTrain) {
  const auto x = Input({2}, {.name = "x"});
  const BatchNormalization norm({.center = false, .scale = false});
  const Functional model(x, Dense(1)(norm(x)));
  model->compile({.optimizer = "sgd", .loss = "mse"});
  const auto data = Tensor::from<float>({2, 2}, {1, 2, 3, 4}), y = Tensor::zeros(DType::float32, {2, 1});
  const auto mean = [&] { return norm->get_weights().at(0).data<float>()[0]; };
  model->train_on_batch(data, y);
  const auto moved = mean();
  EXPECT_NE(moved, 0);
  norm->set_trainable(false);
  model->train_on_batch(data, y);
  EXPECT_EQ(mean(), moved);
}

// errors.json has who refuses it: 2.2 never, 2.15 not in evaluation.
TEST(Fit, LabelsMayBeMissingWhereKerasGoesOnWithTheOtherLosses) {
  const auto x = Tensor::from<float>({2, 2}, {1, 2, 3, 4});
  for (const auto* target : {"tf2.2", "tf2.15"}) {
    const Sequential model(
        {Input({2}), Dense(3, {.kernel_initializer = "ones", .kernel_regularizer = regularizers::L2(0.5)})});
    model->set_target(target);
    model->compile({.optimizer = "sgd", .loss = "mse"});
    EXPECT_FLOAT_EQ(static_cast<float>(model->evaluate(x).at("loss")), 3.0F);
    if (std::string(target) == "tf2.2") {
      EXPECT_FLOAT_EQ(static_cast<float>(model->train_on_batch(x).at("loss")), 3.0F);
    } else {
      EXPECT_THROW(model->train_on_batch(x), ValueError);
    }
  }
}

// As in evaluate, and before anything is trained. Keras 3 refuses it ("None values not supported.") whatever other
// losses there are; 2.x goes on with those.
TEST(Fit, ValidationDataNeedsLabelsWhereEvaluateDoes) {
  const auto x = Tensor::from<float>({2, 2}, {1, 2, 3, 4}), y = Tensor::zeros(DType::float32, {2, 3});
  for (const auto* target : {"tf2.2", "tf2.15", "keras3"}) {
    SCOPED_TRACE(target);
    for (const bool regularized : {false, true}) {
      const Sequential model(
          {Input({2}),
           Dense(3, {.kernel_regularizer = regularized ? Regularizer(regularizers::L2(0.5)) : Regularizer()})});
      model->set_target(target);
      model->compile({.optimizer = "sgd", .loss = "mse", .metrics = {"mae"}});
      const auto before = model->get_weights()[0].data<float>()[0];
      const auto fit = [&] { return model->fit(x, y, {.verbose = 0, .validation_data = ValidationData{x, {}, {}}}); };
      if (regularized && target != std::string("keras3")) {
        const auto history = fit();
        EXPECT_DOUBLE_EQ(history.at("val_loss").at(0), model->evaluate(x).at("loss"));
        EXPECT_NE(history.at("mae").at(0), 0);
      } else {
        EXPECT_THROW(fit(), ValueError);
        EXPECT_EQ(model->get_weights()[0].data<float>()[0], before);
      }
    }
  }
}

TEST(Fit, AddedLossesNeedNoLabels) {
  class AddsLoss : public Layer {
   public:
    Values call(const Values& inputs, CallContext& context) override {
      context.add_loss(ops::reduce_sum(ops::square(inputs.tensor())) * 0.5);
      return inputs;
    }
  };
  const auto x = Input({2}, {.name = "x"});
  const Functional model(x, make<AddsLoss>()(Dense(2, {.use_bias = false, .kernel_initializer = "ones"})(x)));
  model->compile({.optimizer = "sgd"});
  const auto data = Tensor::from<float>({1, 2}, {1, 2});
  EXPECT_FLOAT_EQ(static_cast<float>(model->evaluate(data).at("loss")), 9.0F);
  const auto before = model->get_weights();
  model->train_on_batch(data);
  EXPECT_NE(before[0].data<float>()[0], model->get_weights()[0].data<float>()[0]);
}

TEST(Fit, FrozenLayersStay) {
  const auto x = Input({3}, {.name = "x"});
  const Dense frozen(4, {.name = "frozen"});
  const Functional model(x, Dense(2)(frozen(x)));
  model->compile({.optimizer = "sgd", .loss = "mse"});
  const auto data = Tensor::from<float>({1, 3}, {1, 2, 3}), y = Tensor::from<float>({1, 2}, {1, 1});
  model->train_on_batch(data, y);
  frozen->set_trainable(false);
  model->compile({.optimizer = "sgd", .loss = "mse"});
  const auto before = model->get_weights();
  model->train_on_batch(data, y);
  const auto after = model->get_weights();
  EXPECT_EQ(before[0].data<float>()[0], after[0].data<float>()[0]);
  EXPECT_NE(before[2].data<float>()[0], after[2].data<float>()[0]);
}

}  // namespace
}  // namespace hornbeam
