// Steps of a model's own, and steps that are run op by op.
#include <gmock/gmock.h>

#include <cmath>

#include "hornbeam/gradient_tape.hpp"
#include "hornbeam/hornbeam.hpp"

namespace hornbeam {
namespace {

const auto kData = Tensor::from<float>({4, 2}, {1, 2, 3, 4, -1, 0, 2, 1});
const auto kLabels = Tensor::from<float>({4, 1}, {1, 0, 1, 2});

// Keras's guide "customizing what happens in fit".
class OwnStep final : public Model {
 public:
  Values call(const Values& inputs, CallContext&) override { return dense_(inputs); }
  StepResults train_step(const Batch& data) override {
    ++traced;
    GradientTape tape;
    const auto loss = ops::reduce_mean(ops::square((*this)(data.x, {.training = true}).tensor() - data.y.tensor()));
    const auto variables = trainable_weights();
    optimizer()->apply_gradients(tape.gradient(loss, variables), variables);
    return {{"mine", loss}};
  }
  StepResults test_step(const Batch& data) override { return {{"sum", ops::reduce_sum((*this)(data.x).tensor())}}; }
  Values predict_step(const Values& x) override { return (*this)(x).tensor() * 2.0F; }
  int traced = 0;

 private:
  Dense dense_ = track("dense", Dense(1, {.kernel_initializer = "ones"}));
};

TEST(OwnSteps, AreTracedOnceAndDoWhatTheDefaultDoes) {
  const auto mine = make<OwnStep>();
  const Sequential plain({Input({2}), Dense(1, {.kernel_initializer = "ones"})});
  mine->compile({.optimizer = "sgd", .loss = "mse"});
  plain->compile({.optimizer = "sgd", .loss = "mse"});
  const FitOptions o{.batch_size = 4, .epochs = 3, .verbose = 0, .shuffle = false};
  const auto history = mine->fit(kData, kLabels, o), wanted = plain->fit(kData, kLabels, o);
  EXPECT_EQ(mine->traced, 1);
  ASSERT_EQ(history.history.size(), 1U);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_NEAR(history.at("mine")[i], wanted.at("loss")[i], 1e-6);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_NEAR(mine->get_weights()[0].data<float>()[i], plain->get_weights()[0].data<float>()[i], 1e-6);
  }
  EXPECT_THAT(mine->evaluate(kData, kLabels, {.verbose = 0}).names(), testing::ElementsAre("sum"));
  EXPECT_FLOAT_EQ(mine->predict(kData).tensor().data<float>()[0], 2 * mine(kData).tensor().data<float>()[0]);
}

// However many forms data take: those used last stay.
TEST(OwnSteps, OfManyFormsAreNotAllKept) {
  const auto model = make<OwnStep>();
  model->compile({.optimizer = "sgd", .loss = "mse"});
  const auto train = [&](std::int64_t length) {
    (void)model->train_on_batch(ops::ones({1, length, 2}, DType::float32), ops::ones({1, length, 1}, DType::float32));
    return model->traced;
  };
  for (std::int64_t length = 1; length <= 40; ++length) EXPECT_EQ(train(length), length);
  EXPECT_EQ(train(40), 40);
  EXPECT_EQ(train(30), 40);
  EXPECT_EQ(train(1), 41);
}

// A layer that counts how often its code runs.
class Watched final : public Layer {
 public:
  Values call(const Values& inputs, CallContext&) override {
    if (inputs.tensor().is_concrete()) ++seen;
    return inputs;
  }
  int seen = 0;
};

TEST(RunEagerly, GivesTheSameNumbersOpByOp) {
  const auto run = [](bool eagerly, int& seen) {
    const auto watched = make<Watched>();
    const auto x = Input({2}, {.name = "x"});
    Values h = Dense(3, {.kernel_initializer = "ones", .kernel_regularizer = "l2"})(watched(x));
    h = BatchNormalization()(h);
    const Functional model(x, Dense(1, {.kernel_initializer = "ones"})(h));
    model->compile({.optimizer = "adam", .loss = "mse", .metrics = {"mae"}, .run_eagerly = eagerly});
    auto history = model->fit(kData, kLabels,
                              {.batch_size = 2, .epochs = 3, .verbose = 0, .validation_split = 0.25, .shuffle = false});
    seen = watched->seen;
    auto weights = model->get_weights();
    return std::pair(history, weights);
  };
  int seen = 0;
  const auto [compiled, a] = run(false, seen);
  EXPECT_EQ(seen, 0);
  const auto [eager, b] = run(true, seen);
  EXPECT_EQ(seen, 3 * (2 + 1));
  ASSERT_EQ(compiled.history.size(), eager.history.size());
  for (const auto& [name, values] : compiled.history) {
    for (std::size_t i = 0; i < values.size(); ++i)
      EXPECT_NEAR(values[i], eager.at(name)[i], 1e-5 * (1 + std::abs(values[i]))) << name;
  }
  for (std::size_t i = 0; i < a.size(); ++i) {
    for (std::size_t k = 0; k < a[i].data<float>().size(); ++k) {
      EXPECT_NEAR(a[i].data<float>()[k], b[i].data<float>()[k], 1e-5) << i;
    }
  }
}

TEST(FitSteps, EndWithTheAverages) {
  for (const auto* target : {"tf2.15", "keras3"}) {
    SCOPED_TRACE(target);
    const auto x = Input({2});
    const Functional model(x, Dense(1)(x));
    model->set_target(target);
    const Optimizer optimizer = optimizers::SGD({.learning_rate = 0.1, .use_ema = true, .ema_momentum = 0.5});
    model->compile({.optimizer = optimizer, .loss = "mse"});
    for (int step = 0; step < 2; ++step)
      model->train_on_batch(kData, kLabels);  // Keras 3's first average is the variable
    const auto variables = model->trainable_weights();
    const auto average = [&] { return optimizer->slot(variables[0], "average")->value(); };
    EXPECT_NE(variables[0]->value().data<float>()[0], average().data<float>()[0]);
    model->fit(kData, kLabels, {.epochs = 2, .verbose = 0});
    EXPECT_EQ(variables[0]->value().data<float>()[0], average().data<float>()[0]);
    EXPECT_EQ(variables[0]->value().data<float>()[1], average().data<float>()[1]);
  }
}

}  // namespace
}  // namespace hornbeam
