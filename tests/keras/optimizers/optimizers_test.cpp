#include "hornbeam/optimizers.hpp"

#include "graph/executor.h"
#include "hornbeam/gradient_tape.hpp"
#include "hornbeam/serialization.hpp"
#include "keras/recorded.h"
#include "keras/serialization/dialect.h"

using namespace hornbeam;
using namespace hornbeam::testing_support;

namespace {

OptimizerGeneration generation_named(const std::string& name) {
  if (name == "legacy") return OptimizerGeneration::legacy;
  return name == "modern" ? OptimizerGeneration::modern : OptimizerGeneration::keras3;
}

// The optimizer that Keras made with these arguments, read from the config it had before its first step.
Optimizer optimizer_of(const Config& row) {
  auto config = row.at("config_fresh");
  if (row.at("generation").as_string() == "legacy") config.set("is_legacy_optimizer", true);
  auto optimizer = Optimizer::from_config(Config{{"class_name", row.at("class_name")}, {"config", config}});
  std::vector<std::string> names;
  if (const auto* exclude = row.find("exclude")) {
    for (const auto& name : exclude->as_list()) names.push_back(name.as_string());
  }
  optimizer->exclude_from_weight_decay({}, names);
  return optimizer;
}

std::vector<Tensor> arrays(const Recorded& r, const Config& keys) {
  std::vector<Tensor> all;
  for (const auto& key : keys.as_list()) all.push_back(r.arrays.at(key.as_string()));
  return all;
}

std::vector<Variable> variables_of(const Recorded& r, const Config& row) {
  const auto values = arrays(r, row.at("variables"));
  return {std::make_shared<VariableNode>("d/kernel", values[0], true),
          std::make_shared<VariableNode>("d/bias", values[1], true)};
}

void expect_all_close(const std::vector<Tensor>& got, const std::vector<Tensor>& want, const std::string& what) {
  ASSERT_EQ(got.size(), want.size()) << what;
  for (std::size_t i = 0; i < got.size(); ++i) {
    const bool wide = got[i].dtype() == DType::float64;
    expect_close(got[i], want[i], wide ? 1e-12 : 1e-6, wide ? 1e-14 : 1e-7, what + " " + std::to_string(i));
  }
}

std::vector<Tensor> values_of(const std::vector<Variable>& variables) {
  std::vector<Tensor> values;
  for (const auto& v : variables) values.push_back(v->value());
  return values;
}

constexpr const char* kFolders[] = {"optimizers", "adaptive_optimizers"};

// What 2.2 has not is not written when it is meant.
Target target_of(const std::string& producer) {
  return producer == "tf-2.2.3" ? Target::tf22 : producer == "tf-2.15.1" ? Target::tf215 : Target::keras3;
}

template <class F>
void for_each_recorded(F&& f) {
  for (const auto* folder : kFolders) {
    for (const auto* producer : kProducers) {
      const TargetScope scope(target_of(producer));
      f(Recorded(folder, producer));
    }
  }
}

template <class F>
int for_each_row(F&& f) {
  int rows = 0;
  for_each_recorded([&](const Recorded& recorded) {
    const auto& producer = recorded.producer;
    for (const auto& row : recorded.json.at("rows").as_list()) {
      SCOPED_TRACE(producer + " " + row.at("generation").as_string() + " " + row.at("class_name").as_string() +
                   row.at("arguments").dump() + row.at("dtype").as_string());
      f(recorded, row);
      ++rows;
    }
  });
  return rows;
}

// A config without the keys of `is_legacy_optimizer`, which 2.2 does not write.
std::string keys_of(const Config& config) {
  std::string keys;
  for (const auto& [key, value] : config.as_dict()) keys += key + " ";
  return keys;
}

Variable one(float value = 1) { return std::make_shared<VariableNode>("v", Tensor::from<float>({1}, {value}), true); }

}  // namespace

TEST(Optimizers, StepsOfEveryGeneration) {
  const auto rows = for_each_row([](const Recorded& r, const Config& row) {
    const auto optimizer = optimizer_of(row);
    EXPECT_EQ(optimizer->generation(), generation_named(row.at("generation").as_string()));
    const auto variables = variables_of(r, row);
    int n = 0;
    for (const auto& step : row.at("steps").as_list()) {
      optimizer->apply_gradients(arrays(r, step.at("gradients")), variables);
      const auto what = "step " + std::to_string(++n);
      expect_all_close(values_of(variables), arrays(r, step.at("variables")), what + " variable");
      expect_all_close(optimizer->get_weights(), arrays(r, step.at("state")), what + " state");
    }
    if (const auto* finalized = row.find("finalized")) {
      optimizer->finalize_variable_values();
      expect_all_close(values_of(variables), arrays(r, *finalized), "finalized");
    }
  });
  EXPECT_GT(rows, 170);
}

TEST(Optimizers, RowsThatWerePickedOfEveryGeneration) {
  int rows = 0;
  for_each_recorded([&](const Recorded& r) {
    for (const auto& row : r.json.at("sparse").as_list()) {
      SCOPED_TRACE(r.producer + " " + row.at("class_name").as_string() + " " + row.at("generation").as_string() + " " +
                   row.at("config").dump());
      auto config = row.at("config");
      if (row.at("generation").as_string() == "legacy") config.set("is_legacy_optimizer", true);
      const auto optimizer = Optimizer::from_config(Config{{"class_name", row.at("class_name")}, {"config", config}});
      const auto table = std::make_shared<VariableNode>("table", r.arrays.at(row.at("variable").as_string()), true);
      for (const auto& step : row.at("steps").as_list()) {
        const auto ids = step.at("indices").as_ints();
        const auto indices = Tensor::from<std::int64_t>({static_cast<std::int64_t>(ids.size())}, ids);
        const auto values = r.arrays.at(step.at("values").as_string());
        const TensorSpec argument{DType::int64, {None}};
        const graph::Executable train(graph::trace("train", {&argument, 1}, [&](std::span<const Tensor> in) {
          GradientTape tape;
          const auto loss = ops::reduce_sum(ops::gather(Tensor(table), in[0]) * values);
          optimizer->apply_gradients(tape.gradient(loss, std::vector<Variable>{table}), {table});
          return std::vector<Tensor>{loss};
        }));
        train.run(std::vector<Tensor>{indices});
        expect_close(table->value(), r.arrays.at(step.at("variable").as_string()), 1e-6, 1e-7, "table " + step.dump());
        expect_all_close(optimizer->get_weights(), arrays(r, step.at("state")), "state " + step.dump());
      }
      ++rows;
    }
  });
  EXPECT_GE(rows, 50);
}

TEST(Optimizers, ResumeFromStateAndConfig) {
  for_each_row([](const Recorded& r, const Config& row) {
    const auto& steps = row.at("steps").as_list();
    auto config = row.at("config");
    if (row.at("generation").as_string() == "legacy") config.set("is_legacy_optimizer", true);
    auto resumed = row;
    resumed.set("config_fresh", config);
    const auto optimizer = optimizer_of(resumed);
    const auto variables = variables_of(r, row);
    const auto after = arrays(r, steps[1].at("variables"));
    for (std::size_t i = 0; i < after.size(); ++i) variables[i]->assign(after[i]);
    optimizer->build(variables);
    optimizer->set_weights(arrays(r, steps[1].at("state")));
    optimizer->apply_gradients(arrays(r, steps[2].at("gradients")), variables);
    expect_all_close(values_of(variables), arrays(r, steps[2].at("variables")), "variable");
    expect_all_close(optimizer->get_weights(), arrays(r, steps[2].at("state")), "state");
  });
}

TEST(Optimizers, NamesAndConfigsAreKerass) {
  for_each_row([](const Recorded& r, const Config& row) {
    const auto optimizer = optimizer_of(row);
    EXPECT_TRUE(optimizer->get_config().equivalent(row.at("config_fresh")))
        << optimizer->get_config().dump() << "\ninstead of " << row.at("config_fresh").dump();
    EXPECT_EQ(keys_of(optimizer->get_config()), keys_of(row.at("config_fresh")));
    const auto variables = variables_of(r, row);
    optimizer->apply_gradients(arrays(r, row.at("steps").at(0).at("gradients")), variables);
    auto want = row.at("config");
    // 2.15 keeps the legacy decay as it was given, 2.2 as float32.
    if (const auto* decay = want.find("decay"))
      want.set("decay", static_cast<double>(static_cast<float>(decay->as_double())));
    EXPECT_TRUE(optimizer->get_config().equivalent(want))
        << optimizer->get_config().dump() << "\ninstead of " << want.dump();
    auto names = Config::list();
    for (const auto& v : optimizer->variables()) {
      names.push_back(optimizer->generation() == OptimizerGeneration::keras3 ? v->path() : v->name());
    }
    EXPECT_EQ(names.dump(), row.at("names").dump());
  });
}

TEST(Optimizers, SerializedFormsOfEveryProducer) {
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
      EXPECT_TRUE(optimizer->get_config().equivalent(entry.at("config")))
          << optimizer->get_config().dump() << "\ninstead of " << entry.at("config").dump();
    }
  });
}

TEST(Optimizers, ByNameTheyFollowTheTarget) {
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

TEST(Optimizers, AStepInsideATraceReadsTheRateWhenItRuns) {
  const auto v = one();
  const auto sgd = optimizers::SGD({.learning_rate = 0.5});
  const graph::Executable step(graph::trace("step", {}, [&](std::span<const Tensor>) {
    GradientTape tape;
    const auto loss = ops::reduce_sum(ops::square(Tensor(v)));
    sgd->apply_gradients(tape.gradient(loss, std::vector<Variable>{v}), {v});
    return std::vector<Tensor>{loss, ops::identity(Tensor(v))};
  }));
  auto results = step.run({});
  EXPECT_EQ(results[0].item<float>(), 1.0F);
  EXPECT_EQ(results[1].data<float>()[0], 0.0F);
  v->assign(Tensor::from<float>({1}, {2}));
  sgd->set_learning_rate(0.25);
  results = step.run({});
  EXPECT_EQ(results[1].data<float>()[0], 1.0F);
  EXPECT_EQ(sgd->iterations()->value().item<std::int64_t>(), 2);
}

TEST(Optimizers, MinimizeAndMissingGradients) {
  const auto v = one(3), w = one(4);
  const auto adam = optimizers::Adam({.learning_rate = 0.1});
  const std::vector<Variable> both{v, w};
  GradientTape tape;
  adam->minimize(ops::reduce_sum(ops::square(Tensor(v))), both, tape);
  EXPECT_NEAR(v->value().data<float>()[0], 2.9F, 1e-5);
  EXPECT_EQ(w->value().data<float>()[0], 4.0F);
  EXPECT_THROW(adam->apply_gradients({Tensor::zeros(DType::float32, {1})}, {one()}), ValueError);
}

TEST(Optimizers, ErrorsIn22sWords) {
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

TEST(Optimizers, WhatIsNotHereIsRefusedByName) {
  try {
    // Without the package that 2.15 puts before it.
    Optimizer::from_config({{"class_name", "Custom>MultiOptimizer"}, {"config", Config::dict()}});
    ADD_FAILURE() << "MultiOptimizer is here";
  } catch (const NotImplementedError& error) {
    EXPECT_EQ(std::string(error.what()), "optimizer MultiOptimizer is not yet supported");
  }
}

TEST(Optimizers, StateGoesOverToGenerationsOfTheSameArithmetic) {
  for_each_row([](const Recorded& r, const Config& row) {
    for (const auto generation :
         {OptimizerGeneration::legacy, OptimizerGeneration::modern, OptimizerGeneration::keras3}) {
      const auto optimizer = optimizer_of(row);
      const auto variables = variables_of(r, row);
      const auto& steps = row.at("steps").as_list();
      for (int i = 0; i < 2; ++i)
        optimizer->apply_gradients(arrays(r, steps[static_cast<std::size_t>(i)].at("gradients")), variables);
      std::vector<std::string> notes;
      Optimizer other;
      try {
        other = optimizer->converted(generation, &notes);
      } catch (const ValueError&) {
        EXPECT_NE(generation, optimizer->generation());
        continue;
      }
      EXPECT_EQ(other->generation(), generation);
      EXPECT_EQ(notes.empty(), generation == optimizer->generation());
      other->apply_gradients(arrays(r, steps[2].at("gradients")), variables);
      const auto want = arrays(r, steps[2].at("variables"));
      // A float64 beta is rounded otherwise by each generation.
      for (std::size_t i = 0; i < want.size(); ++i)
        expect_close(variables[i]->value(), want[i], 2e-6, 1e-7, name_of(generation));
      EXPECT_EQ(other->iterations()->value().item<std::int64_t>(), 3);
    }
  });
  const auto rmsprop = optimizers::RMSprop({.generation = OptimizerGeneration::legacy});
  EXPECT_THROW(rmsprop->converted(OptimizerGeneration::modern), ValueError);
  EXPECT_THROW(optimizers::SGD({.generation = OptimizerGeneration::legacy, .decay = 0.1})
                   ->converted(OptimizerGeneration::keras3),
               ValueError);
}

// A float64 model of Keras 3 has a rate of float64, which legacy optimizers do not.
TEST(Optimizers, RatesOfFloat64GoOverToo) {
  auto optimizer = optimizers::Adam({.learning_rate = 0.25, .generation = OptimizerGeneration::keras3});
  optimizer->set_learning_rate_dtype(DType::float64);
  const auto other = optimizer->converted(OptimizerGeneration::legacy);
  EXPECT_EQ(other->learning_rate()->dtype(), DType::float32);
  EXPECT_EQ(other->learning_rate()->value().item<float>(), 0.25F);
}

TEST(Optimizers, CustomOnesAreFoundByName) {
  const CustomObjectScope scope({{"Mine", OptimizerFactory{[](const Config& config) {
                                    return optimizers::SGD({.learning_rate = config.at("rate").as_double()}).ptr();
                                  }}}});
  const auto mine = Optimizer::from_config({{"class_name", "Mine"}, {"config", {{"rate", 0.5}}}});
  EXPECT_EQ(mine->learning_rate()->value().item<float>(), 0.5F);
}
