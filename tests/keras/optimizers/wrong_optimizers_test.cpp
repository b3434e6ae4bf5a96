#include "hornbeam/optimizers.hpp"
#include "keras/recorded.h"

using namespace hornbeam;
using namespace hornbeam::testing_support;

namespace {

// The kind of error, and its words as far as Keras says them.
template <class F>
void expect_refused(const Config& want, F&& call) {
  try {
    call();
    ADD_FAILURE() << "nothing was thrown instead of " << want.dump();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), want.at("error").as_string());
    EXPECT_TRUE(std::string(error.what()).starts_with(want.at("message").as_string()))
        << error.what() << "\ninstead of " << want.at("message").as_string();
  }
}

}  // namespace

TEST(WrongOptimizers, In22sWords) {
  const Recorded recorded("adaptive_optimizers", "tf-2.2.3");
  const auto& errors = recorded.json.at("errors");
  const TargetScope scope(Target::tf22);
  using namespace optimizers;
  expect_refused(errors.at("adagrad"), [] { Adagrad({.initial_accumulator_value = -1.0}); });
  expect_refused(errors.at("ftrl_accumulator"), [] { Ftrl({.initial_accumulator_value = -1.0}); });
  expect_refused(errors.at("ftrl_power"), [] { Ftrl({.learning_rate_power = 1.0}); });
  expect_refused(errors.at("ftrl_l1"), [] { Ftrl({.l1_regularization_strength = -0.5}); });
  expect_refused(errors.at("ftrl_l2"), [] { Ftrl({.l2_regularization_strength = -0.5}); });
  expect_refused(errors.at("ftrl_shrinkage"), [] { Ftrl({.l2_shrinkage_regularization_strength = -0.5}); });
  const auto schedule =
      schedules::ExponentialDecay({.initial_learning_rate = 0.1, .decay_steps = 2, .decay_rate = 0.5});
  expect_refused(errors.at("nadam_schedule"), [&] { Nadam({.learning_rate = schedule}); });
  // What 2.2 has not.
  EXPECT_THROW(AdamW({.generation = OptimizerGeneration::legacy}), ValueError);
  EXPECT_EQ(AdamW()->generation(), OptimizerGeneration::modern);
  EXPECT_EQ(Lion()->generation(), OptimizerGeneration::modern);
}

TEST(WrongOptimizers, InKeras3sWords) {
  const Recorded recorded("adaptive_optimizers", "keras-3.15.1");
  const auto& errors = recorded.json.at("errors");
  const TargetScope scope(Target::keras3);
  using namespace optimizers;
  expect_refused(errors.at("lion"), [] { Lion({.beta_1 = 0.0}); });
  expect_refused(errors.at("adamw"), [] { AdamW({.weight_decay = std::nullopt}); });
  expect_refused(errors.at("accumulation"), [] { SGD({.gradient_accumulation_steps = 1}); });
  const auto late = [](OptimizerGeneration generation) {
    const auto sgd = SGD({.generation = generation, .weight_decay = 0.1});
    sgd->build({std::make_shared<VariableNode>("v", Tensor::from<float>({1}, {1}), true)});
    sgd->exclude_from_weight_decay({}, {"bias"});
  };
  const Recorded tf215("adaptive_optimizers", "tf-2.15.1");
  expect_refused(tf215.json.at("errors").at("exclude_late"), [&] { late(OptimizerGeneration::modern); });
  EXPECT_TRUE(errors.at("exclude_late").has("result"));
  EXPECT_NO_THROW(late(OptimizerGeneration::keras3));
  EXPECT_THROW(SGD()->exclude_from_weight_decay({}, {"("}), ValueError);
}

TEST(WrongOptimizers, WhatOtherGenerationsComputeOtherwiseIsNotConverted) {
  const auto legacy = OptimizerGeneration::legacy, keras3 = OptimizerGeneration::keras3;
  EXPECT_THROW(optimizers::Adagrad({.generation = legacy})->converted(keras3), ValueError);
  EXPECT_THROW(optimizers::Nadam({.generation = legacy})->converted(keras3), ValueError);
  EXPECT_THROW(optimizers::Nadam({.generation = keras3})->converted(legacy), ValueError);
  // Equal of one variable alone.
  EXPECT_THROW(optimizers::Nadam({.generation = keras3})->converted(OptimizerGeneration::modern), ValueError);
  EXPECT_THROW(optimizers::AdamW({.generation = keras3})->converted(legacy), ValueError);
  EXPECT_THROW(optimizers::Lion({.generation = keras3})->converted(legacy), ValueError);
  EXPECT_THROW(optimizers::Adafactor({.generation = keras3})->converted(legacy), ValueError);
  EXPECT_NO_THROW(optimizers::Adafactor({.generation = keras3})->converted(OptimizerGeneration::modern));
  EXPECT_THROW(optimizers::Lamb({.generation = keras3})->converted(OptimizerGeneration::modern), ValueError);
  EXPECT_NO_THROW(optimizers::Adamax({.generation = legacy})->converted(keras3));
  const TargetScope scope(Target::tf22);
  EXPECT_THROW(optimizers::Ftrl({.beta = 0.5, .generation = keras3})->converted(legacy), ValueError);
}

TEST(WrongOptimizers, NoGenerationIsOlderThanTheOptimizer) {
  const auto legacy = OptimizerGeneration::legacy, modern = OptimizerGeneration::modern;
  const TargetScope scope(Target::tf22);
  using namespace optimizers;
  EXPECT_EQ(Adafactor()->generation(), modern);
  EXPECT_EQ(Optimizer("adafactor")->generation(), modern);
  for (const auto& late : {Lamb(), Muon(), ScheduleFreeAdamW()}) {
    EXPECT_EQ(late->generation(), OptimizerGeneration::keras3) << late->class_name();
    late->follow(Target::tf215);
    EXPECT_EQ(late->generation(), OptimizerGeneration::keras3) << late->class_name();
    EXPECT_THROW(late->get_config(legacy), ValueError) << late->class_name();
    EXPECT_THROW(late->get_config(modern), ValueError) << late->class_name();
  }
  EXPECT_THROW(Adafactor()->get_config(legacy), ValueError);
  EXPECT_THROW(Adafactor({.generation = legacy}), ValueError);
  EXPECT_THROW(Lamb({.generation = modern}), ValueError);
  EXPECT_THROW(Muon({.generation = modern}), ValueError);
  EXPECT_THROW(ScheduleFreeAdamW({.generation = legacy}), ValueError);
}

TEST(WrongOptimizers, SettingsOfMuon) {
  using optimizers::Muon;
  EXPECT_THROW(Muon({.exclude_layers = {"("}}), ValueError);
  EXPECT_THROW(Muon({.ns_steps = std::int64_t{1} << 40}), ValueError);
}
