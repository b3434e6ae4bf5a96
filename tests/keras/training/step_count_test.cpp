// Numbers of steps, batches of arrays that nobody gave the size of, data without a batch: as real Keras took them
// (tools/record/record_steps.py).
#include <gtest/gtest.h>

#include <cmath>

#include "hornbeam/callbacks.hpp"
#include "hornbeam/hornbeam.hpp"
#include "keras/recorded.h"

namespace hornbeam {
namespace {

constexpr const char* kNothing = "ValueError: Expected input data to be non-empty.";
constexpr const char* kNoLogs =
    "ValueError: Unexpected result of `train_function` (Empty logs). This could be due to issues in input pipeline "
    "that "
    "resulted in an empty dataset.";
constexpr const char* kNoOutputs = "ValueError: Unexpected result of `predict_function` (Empty batch_outputs).";

Config recorded_steps(const std::string& producer) {
  const auto path = test_data("keras") + "/steps/" + producer + ".json";
  return Config::parse(testing_support::read_file(path), path).at("cases");
}

// How many batches each epoch, or the call, had.
class BatchCounts final : public Callback {
 public:
  void on_epoch_begin(std::int64_t, Logs&) override { counts.push_back(0); }
  void on_test_begin(Logs&) override { counts.push_back(0); }
  void on_predict_begin(Logs&) override { counts.push_back(0); }
  void on_train_batch_end(std::int64_t, Logs&) override { ++counts.back(); }
  void on_test_batch_end(std::int64_t, Logs&) override { ++counts.back(); }
  void on_predict_batch_end(std::int64_t, Logs&) override { ++counts.back(); }
  std::vector<std::int64_t> counts;
};

Batch rows_from(std::int64_t from, std::int64_t to) {
  auto x = Tensor::empty(DType::float32, {to - from, 1});
  for (auto& value : x.mutable_data<float>()) value = static_cast<float>(from++) * 0.1F;
  return {.x = x, .y = x * 2.0F};
}

Dataset batches_of(std::int64_t rows, std::int64_t size, bool known) {
  const auto data = Dataset::from_sequence((rows + size - 1) / size, [rows, size](std::int64_t i) {
    return rows_from(i * size, std::min(rows, (i + 1) * size));
  });
  return known ? data : Dataset::from_generator([data] { return data.begin(); });
}

ModelRef one_line(const std::string& target) {
  const Sequential model({Input({1}), Dense(1, {.kernel_initializer = "ones"})});
  model->set_target(target);
  model->compile({.optimizer = "sgd", .loss = "mse", .metrics = {"mae"}});
  return model;
}

std::optional<std::int64_t> number_in(const Config& c, const char* name) {
  return c.at(name).is_int() ? std::optional(c.at(name).as_int()) : std::nullopt;
}

void expect_near(double got, double wanted) { EXPECT_NEAR(got, wanted, 1e-5 * (0.01 + std::abs(wanted))); }

void expect_recorded(const History& history, const Config& c) {
  EXPECT_EQ(history.epoch, c.at("epoch").as_ints());
  ASSERT_EQ(history.history.size(), c.at("history").size());
  for (const auto& [name, values] : c.at("history").as_dict()) {
    const auto& got = history.at(name);
    ASSERT_EQ(got.size(), values.size()) << name;
    for (std::size_t i = 0; i < got.size(); ++i) expect_near(got[i], values.at(i).as_double());
  }
}

// Makes the call of a case, and compares what came of it.
void make_call(const Config& c, const std::string& target) {
  const auto call = c.at("call").as_string(), kind = c.at("data").as_string();
  const auto rows = c.at("rows").as_int();
  const auto size = number_in(c, "batch_size"), steps = number_in(c, "steps");
  const auto model = one_line(target);
  const auto counts = std::make_shared<BatchCounts>();
  const bool arrays = kind == "arrays";
  const auto all = rows_from(0, rows);
  const auto data = batches_of(rows, size.value_or(1) == 0 ? 1 : size.value_or(1), kind == "known");
  if (call == "fit") {
    FitOptions o{.epochs = 2, .verbose = 0, .callbacks = {counts}, .shuffle = false, .steps_per_epoch = steps};
    if (arrays && size) o.batch_size = *size;
    const auto history = arrays ? model->fit(all.x, all.y, o) : model->fit(data, o);
    if (!c.has("error")) expect_recorded(history, c);
  } else if (call == "validate") {
    FitOptions o{.epochs = 2, .verbose = 0, .shuffle = false, .validation_steps = steps};
    if (arrays) {
      o.validation_data = ValidationData{all.x, all.y, {}};
      o.validation_batch_size = size;
    } else {
      o.validation_dataset = data;
    }
    const auto four = rows_from(0, 4);
    const auto history = model->fit(four.x, four.y, o);
    if (!c.has("error")) expect_recorded(history, c);
  } else if (call == "evaluate") {
    EvaluateOptions o{.verbose = 0, .steps = steps, .callbacks = {counts}};
    if (arrays && size) o.batch_size = *size;
    const auto logs = arrays ? model->evaluate(all.x, all.y, o) : model->evaluate(data, o);
    if (!c.has("error")) {
      ASSERT_EQ(logs.values().size(), c.at("results").size());
      for (std::size_t i = 0; i < logs.values().size(); ++i) {
        expect_near(logs.values()[i], c.at("results").at(i).as_double());
      }
    }
  } else {
    PredictOptions o{.steps = steps, .callbacks = {counts}};
    if (arrays && size) o.batch_size = *size;
    const auto predicted = arrays ? model->predict(all.x, o) : model->predict(data, o);
    if (!c.has("error")) {
      EXPECT_EQ(predicted.tensor().shape()[0], c.at("predicted").as_int());
    }
  }
  if (c.has("counts")) {
    EXPECT_EQ(counts->counts, c.at("counts").as_ints());
  }
}

// What is said of a case; empty where nothing is. Slips of 2.2 and Keras 3 are what 2.15 says, or, where that takes
// it, what it says of no batches at all.
std::string words_wanted(const Config& c, const Config& of_215) {
  const auto call = c.at("call").as_string();
  // Arrays without a row, and validation data without a batch, are refused before anything is done, and evaluate always
  // gives results.
  if (c.at("rows") == Config(0) && (call == "validate" || c.at("data").as_string() == "arrays")) return kNothing;
  if (call == "evaluate" && c.has("results") && c.at("results").size() == 0) return kNothing;
  if (!c.has("error")) return "";
  const auto error = c.at("error").as_string();
  const bool slip = error == "UnboundLocalError" || error == "TypeError";
  if (slip && !of_215.has("error"))
    return call == "evaluate" ? kNothing : call == "fit" ? kNoLogs : call == "predict" ? kNoOutputs : "";
  const auto& from = slip ? of_215 : c;
  const auto text = from.at("error").as_string() + ": " + from.at("message").as_string();
  return text.substr(0, std::min(text.find(" Otherwise, please"), text.find(" Please use `Model.compile")));
}

TEST(StepCounts, AreTakenAsByKeras) {
  const auto of_215 = recorded_steps("tf-2.15.1");
  for (const auto& [producer, target] : std::vector<std::pair<std::string, std::string>>{
           {"tf-2.2.3", "tf2.2"}, {"tf-2.15.1", "tf2.15"}, {"keras-3.15.1", "keras3"}}) {
    const auto cases = recorded_steps(producer);
    ASSERT_EQ(cases.size(), of_215.size());
    for (std::size_t i = 0; i < cases.size(); ++i) {
      const auto& c = cases.at(i);
      SCOPED_TRACE(producer + " " + c.dump());
      // An empty batch gives an empty result.
      if (c.at("call").as_string() == "predict" && c.at("data").as_string() == "arrays" && c.at("rows") == Config(0)) {
        EXPECT_EQ(one_line(target)->predict(rows_from(0, 0).x).tensor().shape(), (Shape{0, 1}));
        continue;
      }
      std::string got;
      const auto wanted = words_wanted(c, of_215.at(i));
      try {
        make_call(c, target);
      } catch (const Error& error) {
        got = error.report();
      }
      EXPECT_EQ(got, wanted);
    }
  }
}

}  // namespace
}  // namespace hornbeam
