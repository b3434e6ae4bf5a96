// Data that end within epochs, class weights by labels of any form, floatx float64: as real Keras trained
// (tools/record/record_epochs.py).
#include <gtest/gtest.h>

#include <cmath>

#include "hornbeam/callbacks.hpp"
#include "hornbeam/hornbeam.hpp"
#include "support/files.h"
#include "support/test_data.h"

namespace hornbeam {
namespace {

struct EpochProducer {
  std::string name, target;
};
const std::vector<EpochProducer> kEpochProducers = {
    {"tf-2.2.3", "tf2.2"}, {"tf-2.15.1", "tf2.15"}, {"keras-3.15.1", "keras3"}};

Config recorded_epochs(const EpochProducer& producer) {
  const auto path = test_data("keras") + "/epochs/" + producer.name + ".json";
  return Config::parse(testing_support::read_file(path), path);
}

ModelRef dense_model(const Shape& shape, std::int64_t units, const DenseOptions& dense, const std::string& target,
                     const std::string& loss, const Metrics& metrics = {}) {
  const Sequential model({Input(shape), Dense(units, dense)});
  model->set_target(target);
  model->compile({.optimizer = "sgd", .loss = loss, .metrics = metrics});
  return model;
}

void expect_history(const History& history, const Config& wanted, double rtol) {
  EXPECT_EQ(history.epoch, wanted.at("epoch").as_ints());
  ASSERT_EQ(history.history.size(), wanted.at("history").size());
  for (const auto& [name, values] : wanted.at("history").as_dict()) {
    const auto& got = history.at(name);
    ASSERT_EQ(got.size(), values.size()) << name;
    for (std::size_t i = 0; i < got.size(); ++i) {
      const auto value = values.at(i).as_double();
      EXPECT_NEAR(got[i], value, rtol * std::abs(value)) << name << " " << i;
    }
  }
}

TEST(Epochs, OfStepsEndWhereTheDataEnd) {
  for (const auto& producer : kEpochProducers) {
    const auto all = recorded_epochs(producer);
    for (const auto& c : all.at("steps").as_list()) {
      const auto batches = c.at("batches").as_int();
      const auto steps = c.at("steps").as_int();
      SCOPED_TRACE(producer.name + " " + std::to_string(batches) + " batches in epochs of " + std::to_string(steps));
      const auto get = [](std::int64_t i) {
        auto x = Tensor::empty(DType::float32, {2, 1});
        for (std::size_t k = 0; k < 2; ++k) {
          x.mutable_data<float>()[k] = static_cast<float>(2 * i + static_cast<std::int64_t>(k)) * 0.1F;
        }
        return Batch{.x = x, .y = x * 2.0F};
      };
      auto data = Dataset::from_sequence(batches, get);
      if (!c.at("known").as_bool()) data = Dataset::from_generator([data] { return data.begin(); });
      std::vector<std::int64_t> counts;
      callbacks::LambdaCallbackOptions note;
      note.on_epoch_begin = [&](std::int64_t, Logs&) { counts.push_back(0); };
      note.on_train_batch_end = [&](std::int64_t, Logs&) { ++counts.back(); };
      const auto model = dense_model({1}, 1, {.kernel_initializer = "ones"}, producer.target, "mse", {"mae"});
      const auto history = model->fit(data, {.epochs = c.at("epochs").as_int(),
                                             .verbose = 0,
                                             .callbacks = {callbacks::LambdaCallback(note)},
                                             .steps_per_epoch = steps});
      EXPECT_EQ(counts, c.at("counts").as_ints());
      expect_history(history, c, 1e-5);
    }
  }
}

// Metrics are reset before a batch or after it, which shows in what the next one gives.
TEST(SingleBatches, ResetMetricsWhereTheirKerasDoes) {
  for (const auto& producer : kEpochProducers) {
    const auto model = dense_model({1}, 1, {.kernel_initializer = "ones"}, producer.target, "mse", {"mae"});
    const auto calls = recorded_epochs(producer).at("single_batches");
    ASSERT_GE(calls.size(), 9U);
    for (const auto& c : calls.as_list()) {
      const auto call = c.at("call").as_string();
      const auto first = static_cast<float>(c.at("first").as_int());
      SCOPED_TRACE(producer.name + " " + call + " " + std::to_string(first));
      const auto x = Tensor::from<float>({4, 1}, {first, first + 0.1F, first + 0.2F, first + 0.3F}), y = x * 0.5F;
      const BatchOptions options{.reset_metrics = c.at("resets").as_bool()};
      std::vector<double> got;
      if (call == "fit") {
        const auto history = model->fit(x, y, {.batch_size = 4, .verbose = 0});
        got = {history.at("loss").at(0), history.at("mae").at(0)};
      } else {
        const auto logs = call == "evaluate"        ? model->evaluate(x, y, {.verbose = 0})
                          : call == "test_on_batch" ? model->test_on_batch(x, y, options)
                                                    : model->train_on_batch(x, y, options);
        got = {logs.at("loss"), logs.at("mae")};
      }
      for (std::size_t i = 0; i < 2; ++i) {
        const auto wanted = c.at("results").at(i).as_double();
        EXPECT_NEAR(got[i], wanted, 1e-5 * std::abs(wanted));
      }
    }
  }
}

void add_numbers(const Config& nested, std::vector<std::int64_t>& dims, std::size_t depth, std::vector<float>& flat) {
  if (!nested.is_list()) return flat.push_back(static_cast<float>(nested.as_double()));
  if (depth == dims.size()) dims.push_back(static_cast<std::int64_t>(nested.size()));
  for (const auto& one : nested.as_list()) add_numbers(one, dims, depth + 1, flat);
}

TEST(ClassWeights, OfLabelsOfAnyForm) {
  for (const auto& producer : kEpochProducers) {
    int number = 0;
    const auto all = recorded_epochs(producer);
    for (const auto& c : all.at("class_weights").as_list()) {
      SCOPED_TRACE(producer.name + " case " + std::to_string(number++));
      std::vector<std::int64_t> dims;
      std::vector<float> labels;
      add_numbers(c.at("labels"), dims, 0, labels);
      const auto y = Tensor::from<float>(Shape(dims), labels);
      auto shape = c.at("x").as_ints();
      const bool soft = c.at("units").as_int() == 2;
      const auto model = dense_model(Shape(shape), c.at("units").as_int(),
                                     soft ? DenseOptions{.activation = "softmax", .kernel_initializer = "ones"}
                                          : DenseOptions{.kernel_initializer = "zeros"},
                                     producer.target, c.at("loss").as_string());
      shape.insert(shape.begin(), dims[0]);
      FitOptions o{.epochs = 2, .verbose = 0, .shuffle = false};
      for (std::size_t i = 0; i < c.at("class_weight").size(); ++i) {
        o.class_weight[static_cast<std::int64_t>(i)] = c.at("class_weight").at(i).as_double();
      }
      try {
        const auto history = model->fit(ops::ones(Shape(shape), DType::float32), y, o);
        ASSERT_FALSE(c.has("error"));
        expect_history(history, c, 1e-5);
      } catch (const Error& error) {
        ASSERT_TRUE(c.has("error")) << error.report();
        EXPECT_EQ(error.report(), c.at("error").as_string() + ": " + c.at("message").as_string());
      }
    }
  }
}

TEST(Histories, OfWhatACallbackAddsLate) {
  callbacks::LambdaCallbackOptions adds;
  adds.on_epoch_end = [](std::int64_t epoch, Logs& logs) {
    if (epoch >= 3) logs.set("late", static_cast<double>(epoch));
  };
  const auto x = ops::ones({4, 1}, DType::float32);
  const auto model = dense_model({1}, 1, {}, "keras3", "mse");
  const auto history = model->fit(x, x,
                                  {.epochs = 5,
                                   .verbose = 0,
                                   .callbacks = {callbacks::LambdaCallback(adds)},
                                   .validation_data = ValidationData{x, x, {}},
                                   .validation_freq = 2});
  using Values = std::vector<std::optional<Result>>;
  EXPECT_EQ(history.at("late"), (std::vector<Result>{3, 4}));
  const auto validated = history.by_epoch("val_loss");
  for (std::size_t e = 0; e < 5; ++e) EXPECT_EQ(validated[e].has_value(), e % 2 == 1) << e;
  EXPECT_EQ(history.by_epoch("late"), (Values{{}, {}, {}, 3, 4}));
}

TEST(Float64, ResultsAreNotRounded) {
  struct InFloat64 {
    InFloat64() { backend::set_floatx("float64"); }
    ~InFloat64() { backend::set_floatx("float32"); }
  } scope;
  const auto x = Tensor::from<double>({3, 1}, {0.1, 0.2, 0.3}), y = Tensor::from<double>({3, 1}, {0.15, 0.7, 0.9});
  for (const auto& producer : kEpochProducers) {
    SCOPED_TRACE(producer.name);
    const auto wanted = recorded_epochs(producer).at("float64");
    const auto model = dense_model({1}, 1, {.kernel_initializer = "ones"}, producer.target, "mse", {"mae"});
    const auto evaluated = model->evaluate(x, y, {.verbose = 0});
    const auto history = model->fit(x, y, {.epochs = 2, .verbose = 0});
    const std::vector<std::string> names = {"loss", "mae"};
    for (std::size_t i = 0; i < names.size(); ++i) {
      EXPECT_DOUBLE_EQ(evaluated.at(names[i]), wanted.at("evaluate").at(i).as_double());
      for (std::size_t e = 0; e < 2; ++e) {
        // Its rates are float32 in tf.keras 2.2, and so then what it goes on with.
        const auto value = wanted.at("history").at(names[i]).at(e).as_double();
        EXPECT_NEAR(history.at(names[i])[e], value, (producer.target == "tf2.2" && e > 0 ? 1e-9 : 1e-15)) << names[i];
      }
    }
  }
}

}  // namespace
}  // namespace hornbeam
