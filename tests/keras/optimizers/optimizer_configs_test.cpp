#include "hornbeam/serialization.hpp"
#include "keras/optimizers/recorded_optimizers.h"
#include "keras/serialization/dialect.h"

using namespace hornbeam;
using namespace hornbeam::testing_support;

TEST(OptimizerConfigs, NamesAndConfigsAreKerass) {
  for_each_row([](const Recorded& r, const Config& row) {
    const auto optimizer = optimizer_of(row);
    EXPECT_TRUE(optimizer->get_config().equivalent(row.at("config_fresh")))
        << optimizer->get_config().dump() << "\ninstead of " << row.at("config_fresh").dump();
    EXPECT_EQ(keys_of(optimizer->get_config()), keys_of(row.at("config_fresh")));
    const auto variables = variables_of(r, row);
    optimizer->apply_gradients(arrays(r, row.at("steps").at(0).at("gradients")), variables);
    const auto& want = row.at("config");
    EXPECT_TRUE(optimizer->get_config().equivalent(want))
        << optimizer->get_config().dump() << "\ninstead of " << want.dump();
    auto names = Config::list();
    for (const auto& v : optimizer->variables()) {
      names.push_back(optimizer->generation() == OptimizerGeneration::keras3 ? v->path() : v->name());
    }
    EXPECT_EQ(names.dump(), row.at("names").dump());
  });
}

TEST(OptimizerConfigs, SerializedFormsOfEveryProducer) {
  for_each_recorded([](const Recorded& recorded) {
    const auto& producer = recorded.producer;
    for (const auto& [name, forms] : recorded.json.at("serialized").as_dict()) {
      for (const auto& form : forms.as_list()) {
        SCOPED_TRACE(producer + " " + form.dump());
        const auto optimizer = Optimizer::from_config(form);
        EXPECT_EQ(optimizer->class_name(), name);
        EXPECT_TRUE(optimizer->get_config().equivalent(form.at("config"))) << optimizer->get_config().dump();
        if (!form.has("module")) {
          EXPECT_EQ(optimizer->to_config().at("class_name"), form.at("class_name"));
        }
      }
    }
    for (const auto& [word, entry] : recorded.json.at("spellings").as_dict()) {
      if (entry.has("error")) continue;
      const auto optimizer = Optimizer(word);
      EXPECT_EQ(optimizer->class_name(), entry.at("class_name").as_string()) << word;
      // Keras 3 numbers the names of a process.
      auto got = optimizer->get_config(), want = entry.at("config");
      got.erase("name");
      want.erase("name");
      EXPECT_TRUE(got.equivalent(want)) << got.dump() << "\ninstead of " << want.dump();
    }
  });
}

TEST(OptimizerConfigs, ByNameTheyFollowTheTarget) {
  const Optimizer adam("adam");
  EXPECT_EQ(adam->generation(), OptimizerGeneration::modern);
  EXPECT_EQ(adam->name(), "Adam");
  adam->follow(Target::keras3);
  EXPECT_EQ(adam->generation(), OptimizerGeneration::keras3);
  EXPECT_EQ(adam->name(), "adam");
  adam->build({one()});
  adam->follow(Target::tf22);
  EXPECT_EQ(adam->generation(), OptimizerGeneration::keras3) << "state has a generation already";
  const TargetScope scope(Target::tf22);
  EXPECT_EQ(Optimizer("adam")->generation(), OptimizerGeneration::legacy);
  const auto asked = optimizers::SGD({.generation = OptimizerGeneration::modern});
  asked->follow(Target::tf22);
  EXPECT_EQ(asked->generation(), OptimizerGeneration::modern);
}

TEST(OptimizerConfigs, ErrorsIn22sWords) {
  const Recorded recorded("optimizers", "tf-2.2.3");
  const TargetScope scope(Target::tf22);
  const auto expect_error = [&](const char* name, auto&& call) {
    const auto& want = recorded.json.at("errors").at(name);
    try {
      call();
      FAIL() << name << ": nothing was thrown";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), want.at("error").as_string()) << name;
      const auto& message = want.at("message").as_string();
      // What 2.2 says of the weights themselves is left out.
      EXPECT_TRUE(
          std::string(error.what()).starts_with(message.substr(0, message.find(" Provided weights")).substr(0, 90)))
          << error.what() << "\ninstead of " << message;
    }
  };
  const auto v = one();
  expect_error("unknown_get", [] { Optimizer("foo"); });
  expect_error("unknown_deserialize", [] {
    Optimizer::from_config({{"class_name", "Foo"}, {"config", Config::dict()}});
  });
  expect_error("no_gradients", [&] { Optimizer("sgd")->apply_gradients({Tensor()}, {v}); });
  expect_error("momentum", [] { optimizers::SGD({.momentum = 2.0}); });
  expect_error("clipnorm", [] { optimizers::SGD({.clipnorm = -1.0}); });
  expect_error("weights_count",
               [] { Optimizer("sgd")->set_weights(std::vector<Tensor>(3, Tensor::zeros(DType::float32, {3}))); });
  EXPECT_THROW(Optimizer::from_config({{"class_name", "Adam"}, {"config", {{"beta_3", 1.0}}}}), TypeError);
  EXPECT_THROW(Optimizer("sgd")->apply_gradients({}, {v}), ValueError);
}

TEST(OptimizerConfigs, WhatIsNotHereIsRefusedByName) {
  try {
    // Without the package that 2.15 puts before it.
    Optimizer::from_config({{"class_name", "Custom>TFOptimizer"}, {"config", Config::dict()}});
    ADD_FAILURE() << "TFOptimizer is here";
  } catch (const NotImplementedError& error) {
    EXPECT_EQ(std::string(error.what()), "optimizer TFOptimizer is not yet supported");
  }
}

TEST(OptimizerConfigs, CustomOnesAreFoundByName) {
  const CustomObjectScope scope({{"Mine", OptimizerFactory{[](const Config& config) {
                                    return optimizers::SGD({.learning_rate = config.at("rate").as_double()}).ptr();
                                  }}}});
  const auto mine = Optimizer::from_config({{"class_name", "Mine"}, {"config", {{"rate", 0.5}}}});
  EXPECT_EQ(mine->learning_rate()->value().item<float>(), 0.5F);
}
