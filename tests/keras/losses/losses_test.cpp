#include "hornbeam/losses.hpp"

#include "graph/executor.h"
#include "graph/gradients.h"
#include "hornbeam/activations.hpp"
#include "hornbeam/gradient_tape.hpp"
#include "hornbeam/serialization.hpp"
#include "keras/recorded.h"

using namespace hornbeam;
using namespace hornbeam::testing_support;

namespace {

Target target_of(const std::string& producer) {
  if (producer.starts_with("keras-3")) return Target::keras3;
  return producer == "tf-2.2.3" ? Target::tf22 : Target::tf215;
}

Config object_config(const Config& row, const std::string& reduction) {
  auto arguments = row.at("arguments");
  arguments.set("reduction", reduction);
  return {{"class_name", row.at("class_name")}, {"config", arguments}};
}

Tensor array(const Recorded& r, const Config& key) { return key.is_null() ? Tensor() : r.arrays.at(key.as_string()); }

// JSON numbers of the shape of `like`.
Tensor numbers(const Config& json, const Tensor& like) {
  std::vector<double> flat;
  const std::function<void(const Config&)> add = [&](const Config& c) {
    if (!c.is_list()) return flat.push_back(c.as_double());
    for (const auto& item : c.as_list()) add(item);
  };
  add(json);
  return ops::cast(Tensor::from<double>(like.shape(), flat), like.dtype());
}

// f(recorded, row) for every row of every producer, under its target.
template <class F>
int for_each_row(F&& f) {
  int rows = 0;
  for (const auto* producer : kProducers) {
    const Recorded recorded("losses", producer);
    const TargetScope scope(target_of(producer));
    for (const auto& row : recorded.json.at("rows").as_list()) {
      SCOPED_TRACE(std::string(producer) + " row " + std::to_string(rows) + " " + row.at("class_name").as_string() +
                   row.at("arguments").dump());
      f(recorded, row);
      ++rows;
    }
  }
  return rows;
}

}  // namespace

TEST(Losses, ValuesOfEveryReductionWeightAndMask) {
  int calls = 0;
  for_each_row([&](const Recorded& r, const Config& row) {
    const auto y_true = array(r, row.at("y_true")), y_pred = array(r, row.at("y_pred"));
    for (const auto& call : row.at("calls").as_list()) {
      const auto what = call.at("reduction").as_string() + " " + call.dump();
      const auto loss = Loss::from_config(object_config(row, call.at("reduction").as_string()));
      const auto got = loss(y_true, y_pred, array(r, call.at("weights")), array(r, call.at("mask")));
      expect_close(got, numbers(call.at("result"), got), 2e-6, 1e-7, what);
      ++calls;
    }
  });
  EXPECT_GT(calls, 2500);
}

TEST(Losses, EagerGradients) {
  for_each_row([](const Recorded& r, const Config& row) {
    const auto y_true = array(r, row.at("y_true")), y_pred = array(r, row.at("y_pred"));
    const auto loss = Loss::from_config(object_config(row, "sum_over_batch_size"));
    GradientTape tape;
    tape.watch(y_pred);
    const auto value = loss(y_true, y_pred);
    expect_close(tape.gradient(value, y_pred), array(r, row.at("gradient")), 2e-5, 1e-7, "gradient");
  });
}

TEST(Losses, TracedBehindAnActivationGoBackToTheLogits) {
  int traced = 0;
  for_each_row([&](const Recorded& r, const Config& row) {
    const auto* cases = row.find("traced");
    if (!cases) return;
    const auto y_true = array(r, row.at("y_true"));
    const auto loss = Loss::from_config(object_config(row, "sum_over_batch_size"));
    for (const auto& c : cases->as_list()) {
      const auto x = array(r, c.at("x"));
      const Activation activation(c.at("activation").as_string());
      // With the batch unknown, as compiled steps are traced.
      auto dims = x.shape().dims();
      dims[0] = None;
      const TensorSpec argument{x.dtype(), Shape(dims)};
      const auto function = graph::trace("step", {&argument, 1}, [&](std::span<const Tensor> in) {
        const auto value = loss(y_true, activation(in[0]));
        return std::vector<Tensor>{value, graph::gradients(value, {in[0]}).at(0)};
      });
      const auto results = graph::Executable(function).run(std::vector<Tensor>{x});
      expect_close(results[0], numbers(c.at("result"), results[0]), 1e-5, 1e-6, "value " + c.dump());
      expect_close(results[1], array(r, c.at("gradient")), 1e-4, 1e-6, "gradient " + c.dump());
      ++traced;
    }
  });
  EXPECT_GT(traced, 150);
}

TEST(Losses, ConfigsAreThoseOfTheTarget) {
  for_each_row([](const Recorded& r, const Config& row) {
    const auto target = target_of(r.producer);
    const auto want = row.at("config");
    const auto loss = Loss::from_config(Config{{"class_name", row.at("class_name")}, {"config", want}});
    const auto got = loss->get_config(target);
    std::string got_keys, want_keys;
    for (const auto& [key, value] : got.as_dict()) got_keys += key + " ";
    for (const auto& [key, value] : want.as_dict()) want_keys += key + " ";
    EXPECT_EQ(got_keys, want_keys);
    EXPECT_TRUE(got.equivalent(want)) << got.dump() << " instead of " << want.dump();
  });
}

TEST(Losses, SerializedFormsOfEveryProducer) {
  for (const auto* producer : kProducers) {
    const Recorded recorded("losses", producer);
    const auto target = target_of(producer);
    for (const auto& [name, forms] : recorded.json.at("serialized").as_dict()) {
      for (const auto& form : forms.as_list()) {
        SCOPED_TRACE(std::string(producer) + " " + form.dump());
        const auto loss = Loss::from_config(form);
        EXPECT_EQ(loss->class_name(), name);
        EXPECT_TRUE(loss->get_config(target).equivalent(form.at("config"))) << loss->get_config(target).dump();
      }
    }
  }
}

TEST(Losses, SpellingsOfEveryProducer) {
  for (const auto* producer : kProducers) {
    const Recorded recorded("losses", producer);
    const auto target = target_of(producer);
    const TargetScope scope(target);
    for (const auto& [word, entry] : recorded.json.at("spellings").as_dict()) {
      SCOPED_TRACE(std::string(producer) + " " + word);
      if (entry.has("error")) {
        if (word == "foo" || word == "Foo") {
          EXPECT_THROW(Loss{word}, ValueError);
        }
        continue;  // Keras 3 knows fewer spellings than 2.x
      }
      const Loss loss(word);
      if (const auto* function = entry.find("function")) {
        EXPECT_EQ(losses::function_named(loss->function_name(), target), function->as_string());
        // (Of the class, which goes by another name.)
        if (loss->class_name() != "Huber") {
          EXPECT_EQ(loss->name(), function->as_string());
        }
      } else {
        EXPECT_EQ(loss->class_name(), entry.at("class_name").as_string());
      }
      EXPECT_EQ(loss.to_config(), Config(word));
    }
  }
}

TEST(Losses, ErrorsIn22sWords) {
  const Recorded recorded("losses", "tf-2.2.3");
  const auto expect_error = [&](const char* name, auto&& call) {
    const auto& want = recorded.json.at("errors").at(name);
    try {
      call();
      FAIL() << name << ": nothing was thrown";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), want.at("error").as_string()) << name;
      EXPECT_TRUE(std::string(error.what()).starts_with(want.at("message").as_string()))
          << error.what() << "\ninstead of " << want.at("message").as_string();
    }
  };
  expect_error("unknown_get", [] { Loss("foo"); });
  expect_error("unknown_deserialize", [] { Loss::from_config({{"class_name", "Foo"}, {"config", Config::dict()}}); });
  expect_error("reduction", [] { losses::MeanSquaredError({.reduction = "foo"}); });
  expect_error("categorical_shapes", [] {
    losses::CategoricalCrossentropy()(Tensor::zeros(DType::float32, {2, 3}), Tensor::zeros(DType::float32, {2, 4}));
  });
  EXPECT_THROW(Loss::from_config(3), ValueError);
  EXPECT_THROW(losses::SparseCategoricalCrossentropy()(Tensor::from<int>({2}, {0, 5}),
                                                       Tensor::from<float>({2, 3}, {.2F, .3F, .5F, .2F, .3F, .5F})),
               InvalidArgumentError);
  EXPECT_THROW(Loss::from_config(Config::parse(R"({"class_name": "MeanSquaredError", "config": {"delta": 1}})")),
               TypeError);
}

TEST(Losses, WhatATargetCannotSayIsRefused) {
  EXPECT_THROW(losses::BinaryCrossentropy({.axis = 0})->get_config(Target::tf22), ValueError);
  EXPECT_THROW(losses::SparseCategoricalCrossentropy({.ignore_class = 1})->get_config(Target::tf22), ValueError);
  EXPECT_THROW(losses::MeanSquaredError({.reduction = "mean_with_sample_weight"})->get_config(), ValueError);
  EXPECT_EQ(losses::MeanSquaredError({.reduction = "mean"})->get_config().at("reduction").as_string(),
            "sum_over_batch_size");
}

TEST(Losses, EachKerasHasItsOwnNamesAndLosses) {
  EXPECT_EQ(Loss("log_cosh").to_config(Target::tf22), Config("logcosh"));
  EXPECT_EQ(Loss("huber_loss").to_config(Target::keras3), Config("huber"));
  EXPECT_EQ(Loss("kullback_leibler_divergence").to_config(Target::tf215), Config("kullback_leibler_divergence"));
  EXPECT_EQ(losses::KLDivergence()->get_config(Target::tf22).at("name"), Config("kullback_leibler_divergence"));
  EXPECT_EQ(losses::KLDivergence({.name = "mine"})->get_config(Target::tf22).at("name"), Config("mine"));
  EXPECT_THROW(losses::BinaryFocalCrossentropy()->get_config(Target::tf22), ValueError);
  EXPECT_THROW(Loss("binary_focal_crossentropy").to_config(Target::tf22), ValueError);
  EXPECT_THROW(losses::Dice()->get_config(Target::tf215), ValueError);
  // Keras 3 takes both, but leaves them out of its configs.
  EXPECT_EQ(losses::Huber({.delta = 0.5})->get_config(Target::keras3).at("delta"), Config(0.5));
  EXPECT_EQ(losses::CosineSimilarity({.axis = 1})->get_config(Target::keras3).at("axis"), Config(1));
}

TEST(Losses, ArgumentsOutOfRangeAreRefused) {
  EXPECT_THROW(losses::CategoricalGeneralizedCrossEntropy({.q = 1.0}), ValueError);
  EXPECT_THROW(losses::CategoricalFocalCrossentropy({.alpha = "much"}), TypeError);
  EXPECT_THROW(losses::Dice({.axis = "all"}), TypeError);
  const auto ones = [](const Shape& shape) { return ops::ones(shape); };
  EXPECT_THROW(losses::ctc(ones({2}), ones({2, 3, 4})), ValueError);
  EXPECT_THROW(losses::ctc(ones({2, 2}), ones({2, 4})), ValueError);
  EXPECT_THROW(losses::CategoricalFocalCrossentropy()(ones({2, 3}), ones({2, 4})), ValueError);
}

TEST(Losses, CustomOnesAreFoundByName) {
  const auto mine = losses::custom("mine", [](const Tensor& y_true, const Tensor& y_pred) {
    return ops::reduce_mean(ops::abs(y_true - y_pred) * 2, -1);
  });
  const auto a = Tensor::from<float>({2, 1}, {1, 2}), b = Tensor::from<float>({2, 1}, {3, 5});
  EXPECT_EQ(mine(a, b).item<float>(), 5.0F);
  EXPECT_EQ(mine.to_config(), Config("mine"));
  EXPECT_EQ(mine->name(), "mine");
  EXPECT_THROW(Loss("mine"), ValueError);
  const CustomObjectScope scope({{"mine", mine}});
  EXPECT_EQ(Loss("mine")(a, b).item<float>(), 5.0F);
  EXPECT_EQ(
      Loss::from_config(Config::parse(
          R"({"module": "builtins", "class_name": "function", "config": "mine", "registered_name": "function"})"))(a, b)
          .item<float>(),
      5.0F);
  EXPECT_FALSE(Loss::from_config(nullptr));
}
