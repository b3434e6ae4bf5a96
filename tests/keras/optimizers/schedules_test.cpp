#include <numbers>
#include <set>

#include "hornbeam/hornbeam.hpp"
#include "hornbeam/serialization.hpp"
#include "keras/recorded.h"

using namespace hornbeam;
using namespace hornbeam::testing_support;
namespace schedules = hornbeam::optimizers::schedules;

namespace {

struct Producer {
  const char* name;
  Target target;
  OptimizerGeneration generation;
};
constexpr Producer kSaidBy[] = {{"tf-2.2.3", Target::tf22, OptimizerGeneration::legacy},
                                {"tf-2.15.1", Target::tf215, OptimizerGeneration::modern},
                                {"keras-3.15.1", Target::keras3, OptimizerGeneration::keras3}};

template <class F>
int for_each_schedule(F&& f) {
  int count = 0;
  for (const auto& said : kSaidBy) {
    const TargetScope scope(said.target);
    const Recorded recorded("adaptive_optimizers", said.name);
    for (const auto& entry : recorded.json.at("schedules").as_list()) {
      SCOPED_TRACE(std::string(said.name) + " " + entry.at("config").dump());
      f(said, entry);
      ++count;
    }
  }
  return count;
}

bool is_of_tf_keras_alone(const Config& entry) {
  return entry.at("class_name").as_string().ends_with("LinearCosineDecay");
}

class Halving final : public LearningRateScheduleObject {
 public:
  std::string class_name() const override { return "Halving"; }
  Tensor operator()(const Tensor& step) const override {
    return ops::pow(ops::scalar(DType::float32, 0.5), ops::cast(step, DType::float32));
  }
  Config get_config(OptimizerGeneration) const override { return Config::dict(); }
};

template <class E, class F>
void expect_says_as(const Config& want, F&& call) {
  try {
    call();
    ADD_FAILURE() << "nothing was thrown instead of " << want.dump();
  } catch (const E& error) {
    EXPECT_EQ(error.kind(), want.at("error").as_string());
    EXPECT_TRUE(std::string(error.what()).starts_with(want.at("message").as_string()))
        << error.what() << "\ninstead of " << want.at("message").as_string();
  }
}

}  // namespace

TEST(Schedules, ValuesAtManySteps) {
  const auto count = for_each_schedule([](const Producer&, const Config& entry) {
    const auto schedule = LearningRateSchedule::from_config(entry.at("serialized"));
    EXPECT_EQ(std::string(name_of(schedule(Tensor::scalar(std::int64_t{3})).dtype())), entry.at("dtype").as_string());
    const auto& steps = entry.at("steps").as_list();
    for (std::size_t i = 0; i < steps.size(); ++i) {
      const auto want = entry.at("values").as_list()[i].as_double();
      EXPECT_NEAR(schedule.at(steps[i].as_int()), want, 1e-6 * std::abs(want) + 1e-8) << steps[i].dump();
    }
  });
  EXPECT_EQ(count, 56);
}

TEST(Schedules, ConfigsOfEveryProducer) {
  for_each_schedule([](const Producer& said, const Config& entry) {
    const auto schedule = LearningRateSchedule::from_config(entry.at("serialized"));
    EXPECT_EQ(schedule.to_config(said.generation).dump(), entry.at("serialized").dump());
    // To another Keras and back.
    for (const auto& other : kSaidBy) {
      if (said.target != Target::tf22 && other.target == Target::tf22) continue;
      const TargetScope scope(other.target);
      if (is_of_tf_keras_alone(entry) && other.target == Target::keras3) {
        EXPECT_THROW(schedule.to_config(other.generation), ValueError);
        continue;
      }
      const auto there = schedule.to_config(other.generation);
      const TargetScope here(said.target);
      EXPECT_EQ(LearningRateSchedule::from_config(there).to_config(said.generation).dump(),
                entry.at("serialized").dump());
    }
  });
}

TEST(Schedules, MadeByOptions) {
  const TargetScope scope(Target::tf215);
  const auto same = [](const LearningRateSchedule& made, const std::string& text) {
    EXPECT_EQ(made->get_config(OptimizerGeneration::legacy).dump(), Config::parse(text).at("config").dump());
  };
  same(schedules::ExponentialDecay({.initial_learning_rate = 0.1, .decay_steps = 1000, .decay_rate = 0.5}),
       R"({"class_name": "ExponentialDecay", "config": {"initial_learning_rate": 0.1, "decay_steps": 1000,
           "decay_rate": 0.5, "staircase": false, "name": null}})");
  same(schedules::InverseTimeDecay(
           {.initial_learning_rate = 0.1, .decay_steps = 2.5, .decay_rate = 0.5, .staircase = true, .name = "mine"}),
       R"({"class_name": "InverseTimeDecay", "config": {"initial_learning_rate": 0.1, "decay_steps": 2.5,
           "decay_rate": 0.5, "staircase": true, "name": "mine"}})");
  same(schedules::PiecewiseConstantDecay({.boundaries = {2, 4}, .values = {0.1, 0.05, 0.01}}),
       R"({"class_name": "PiecewiseConstantDecay", "config": {"boundaries": [2, 4], "values": [0.1, 0.05, 0.01],
           "name": null}})");
  same(schedules::PolynomialDecay({.initial_learning_rate = 0.1, .decay_steps = 5, .cycle = true}),
       R"({"class_name": "PolynomialDecay", "config": {"initial_learning_rate": 0.1, "decay_steps": 5,
           "end_learning_rate": 0.0001, "power": 1.0, "cycle": true, "name": null}})");
  same(
      schedules::CosineDecay({.initial_learning_rate = 0.0, .decay_steps = 5, .warmup_target = 0.1, .warmup_steps = 2}),
      R"({"class_name": "CosineDecay", "config": {"initial_learning_rate": 0.0, "decay_steps": 5, "alpha": 0.0,
           "name": null, "warmup_target": 0.1, "warmup_steps": 2}})");
  same(schedules::CosineDecayRestarts({.initial_learning_rate = 0.1, .first_decay_steps = 5}),
       R"({"class_name": "CosineDecayRestarts", "config": {"initial_learning_rate": 0.1, "first_decay_steps": 5,
           "t_mul": 2.0, "m_mul": 1.0, "alpha": 0.0, "name": null}})");
  const TargetScope old(Target::tf22);
  same(schedules::LinearCosineDecay({.initial_learning_rate = 0.1, .decay_steps = 5}),
       R"({"class_name": "LinearCosineDecay", "config": {"initial_learning_rate": 0.1, "decay_steps": 5,
           "num_periods": 0.5, "alpha": 0.0, "beta": 0.001, "name": null}})");
  same(schedules::NoisyLinearCosineDecay({.initial_learning_rate = 0.1, .decay_steps = 5, .num_periods = 2}),
       R"({"class_name": "NoisyLinearCosineDecay", "config": {"initial_learning_rate": 0.1, "decay_steps": 5,
           "initial_variance": 1.0, "variance_decay": 0.55, "num_periods": 2.0, "alpha": 0.0, "beta": 0.001,
           "name": null}})");
}

// Without noise as LinearCosineDecay, bit for bit; with it, normal around that with the variance of the step.
TEST(Schedules, NoiseIsRandomOfTheVarianceThatItSays) {
  const schedules::NoisyLinearCosineDecayOptions options{
      .initial_learning_rate = 0.1, .decay_steps = 10, .initial_variance = 0.5, .variance_decay = 0.7};
  auto silent = options;
  silent.initial_variance = 0;
  const auto plain = schedules::LinearCosineDecay({.initial_learning_rate = 0.1, .decay_steps = 10});
  const auto noisy = schedules::NoisyLinearCosineDecay(options), none = schedules::NoisyLinearCosineDecay(silent);
  for (std::int64_t step = 0; step < 12; ++step) EXPECT_EQ(none.at(step), plain.at(step));
  utils::set_random_seed(3);
  const auto first = noisy.at(3), second = noisy.at(3);
  EXPECT_NE(first, second);
  utils::set_random_seed(3);
  EXPECT_EQ(noisy.at(3), first);
  EXPECT_EQ(noisy.at(3), second);
  for (const std::int64_t step : {0, 3, 8, 20}) {
    constexpr int kDraws = 2000;
    const auto at = static_cast<double>(std::min<std::int64_t>(step, 10));
    const auto cosine = 0.5 * (1.0 + std::cos(std::numbers::pi * at / 10.0));
    const auto deviation = 0.1 * cosine * std::sqrt(0.5 / std::pow(1.0 + at, 0.7));
    double sum = 0, squares = 0;
    for (int i = 0; i < kDraws; ++i) {
      const auto off = noisy.at(step) - plain.at(step);
      sum += off;
      squares += off * off;
    }
    EXPECT_NEAR(sum / kDraws, 0.0, 5 * deviation / std::sqrt(double{kDraws}) + 1e-9) << step;
    EXPECT_NEAR(std::sqrt(squares / kDraws), deviation, 0.1 * deviation + 1e-8) << step;
  }
}

// A compiled step draws anew each time it runs, and an optimizer of 2.2 keeps the rate it drew.
TEST(Schedules, NoiseIsDrawnInEachStep) {
  const TargetScope scope(Target::tf22);
  const auto sgd = optimizers::SGD(
      {.learning_rate = schedules::NoisyLinearCosineDecay({.initial_learning_rate = 1.0, .decay_steps = 1000000})});
  const auto v = std::make_shared<VariableNode>("v", Tensor::from<float>({1}, {0}), true);
  std::set<float> rates;
  for (int i = 0; i < 8; ++i) {
    const auto before = v->value().data<float>()[0];
    sgd->apply_gradients({Tensor::from<float>({1}, {1})}, {v});
    const auto rate = sgd->learning_rate()->value().item<float>();
    EXPECT_NEAR(before - v->value().data<float>()[0], rate, 1e-5);
    rates.insert(rate);
  }
  EXPECT_EQ(rates.size(), 8U);
}

// The next step's, whatever was trained before.
TEST(Schedules, OptimizersFollowTheirSchedule) {
  const auto sgd = optimizers::SGD({.learning_rate = LearningRateSchedule(std::make_shared<Halving>())});
  EXPECT_EQ(sgd->learning_rate()->value().item<float>(), 1.0F);
  const auto v = std::make_shared<VariableNode>("v", Tensor::from<float>({1}, {0}), true);
  const auto one = Tensor::from<float>({1}, {1});
  sgd->apply_gradients({one}, {v});
  sgd->apply_gradients({one}, {v});
  EXPECT_EQ(v->value().data<float>()[0], -1.5F);
  EXPECT_EQ(sgd->current_learning_rate(), 0.25);
  EXPECT_EQ(sgd->learning_rate()->value().item<float>(), 0.5F);
  EXPECT_THROW(sgd->set_learning_rate(0.1), TypeError);
}

TEST(Schedules, CustomOnesAreFoundByName) {
  const CustomObjectScope scope(
      {{"Halving", LearningRateScheduleFactory{[](const Config&) { return std::make_shared<Halving>(); }}}});
  const auto sgd = Optimizer::from_config(
      Config::parse(R"({"class_name": "SGD", "config": {"learning_rate": {"class_name": "Halving", "config": {}}}})"));
  EXPECT_EQ(sgd->learning_rate_schedule().at(3), 0.125);
  EXPECT_EQ(sgd->get_config(OptimizerGeneration::keras3).at("learning_rate").at("registered_name").as_string(),
            "Halving");
}

TEST(Schedules, WrongCalls) {
  const Recorded tf22("adaptive_optimizers", "tf-2.2.3"), keras3("adaptive_optimizers", "keras-3.15.1");
  const auto& old = tf22.json.at("errors");
  const auto& now = keras3.json.at("errors");
  expect_says_as<ValueError>(now.at("decay_steps"), [] {
    schedules::ExponentialDecay({.initial_learning_rate = 0.1, .decay_steps = 0, .decay_rate = 0.5});
  });
  expect_says_as<ValueError>(old.at("piecewise"), [] {
    schedules::PiecewiseConstantDecay({.boundaries = {1, 2}, .values = {0.1, 0.2}});
  });
  expect_says_as<ValueError>(now.at("piecewise"), [] {
    schedules::PiecewiseConstantDecay({.boundaries = {1, 2}, .values = {0.1, 0.2}});
  });
  expect_says_as<ValueError>(old.at("unknown_schedule"), [] {
    LearningRateSchedule::from_config(Config{{"class_name", "Foo"}, {"config", Config::dict()}});
  });
  const auto from = [](const char* text) { return LearningRateSchedule::from_config(Config::parse(text)); };
  EXPECT_THROW(from(R"({"class_name": "ExponentialDecay", "config": {"decay_steps": 2}})"), TypeError);
  EXPECT_THROW(from(R"({"class_name": "ExponentialDecay", "config": {"initial_learning_rate": "a", "decay_steps": 2,
                       "decay_rate": 0.5}})"),
               TypeError);
  EXPECT_THROW(from(R"({"class_name": "ExponentialDecay", "config": {"initial_learning_rate": 1.0, "decay_steps": 2,
                       "decay_rate": 0.5, "foo": 1}})"),
               TypeError);
  EXPECT_THROW(from(R"({"class_name": "PiecewiseConstantDecay", "config": {"boundaries": [], "values": [1.0]}})"),
               ValueError);
  EXPECT_THROW(from(R"({"class_name": "PiecewiseConstantDecay", "config": {"boundaries": 3, "values": "a"}})"),
               TypeError);
  // tf.keras knows it, 2.15 without naming it; Keras 3 does not.
  const Recorded tf215("adaptive_optimizers", "tf-2.15.1");
  EXPECT_EQ(old.at("linear_cosine").at("result").as_string(), "'LinearCosineDecay'");
  EXPECT_EQ(tf215.json.at("errors").at("linear_cosine").at("result").as_string(), "'LinearCosineDecay'");
  EXPECT_TRUE(now.at("linear_cosine").has("error"));
  try {
    schedules::LinearCosineDecay({.initial_learning_rate = 0.1, .decay_steps = 2})
        .to_config(OptimizerGeneration::keras3);
    ADD_FAILURE() << "Keras 3 has it";
  } catch (const ValueError& error) {
    EXPECT_TRUE(std::string(error.what()).starts_with("Unknown decay: LinearCosineDecay.")) << error.what();
  }
  EXPECT_THROW(from(R"({"class_name": "LinearCosineDecay", "config": {}})"), TypeError);
  EXPECT_THROW(schedules::NoisyLinearCosineDecay({.initial_learning_rate = 0.1, .decay_steps = 0}), ValueError);
  EXPECT_THROW(from(R"({"class_name": 3})"), ValueError);
  const TargetScope scope(Target::tf22);
  const auto warm =
      schedules::CosineDecay({.initial_learning_rate = 0.0, .decay_steps = 5, .warmup_target = 0.1, .warmup_steps = 2});
  EXPECT_THROW(warm.to_config(OptimizerGeneration::legacy), ValueError);
}
