// The runs that tools/record/record_callbacks.py made in real Keras, made here.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "base/mapped_file.h"
#include "graph/variables.h"
#include "hornbeam/hornbeam.hpp"
#include "keras/training/recorded_options.h"
#include "keras/wave.h"
#include "support/test_data.h"

namespace hornbeam::callbacks_test {

inline const Config& recording(const std::string& producer) {
  static std::map<std::string, Config> all;
  auto& found = all[producer];
  const auto path = test_data("keras") + "/callbacks/" + producer + ".json";
  if (found.is_null()) found = Config::parse(base::read_file(path), path);
  return found;
}

using testing_support::wave;

inline std::string target_of(const std::string& producer) {
  return producer == "tf-2.2.3" ? "tf2.2" : producer == "tf-2.15.1" ? "tf2.15" : "keras3";
}

// How many samples were seen, and a quarter of that: a result of two numbers.
class Columns final : public MetricObject {
 public:
  Columns() : MetricObject("columns"), seen_(add_weight("seen", {2})) {}
  std::string class_name() const override { return "Columns"; }
  void update_state(const Tensor&, const Tensor& y_pred, const Tensor&, const Tensor&) override {
    const auto rows = ops::gather(ops::shape(y_pred), Tensor::scalar(std::int32_t{0}));
    const auto each = Tensor::from<float>({2}, {1, 0.25});
    graph::assign(seen_, Tensor(seen_) + ops::cast(rows, DType::float32) * each);
  }
  Tensor result() const override { return seen_; }

 private:
  Variable seen_;
};

inline Metric metric_of(const std::string& name) {
  if (name == "columns") return std::make_shared<Columns>();
  if (name == "f1_score") return metrics::F1Score({.threshold = 0.5});
  return Metric(name);
}

inline ModelRef model_of(const std::string& producer, double rate, const std::string& metric, bool averages = false) {
  const auto x = Input({5}, {.name = "x"});
  const Functional model(x, Dense(2, {.name = "o"})(x));
  model->set_target(target_of(producer));
  model->set_weights({wave({5, 2}), wave({2})});
  const auto optimizer = averages ? optimizers::SGD({.learning_rate = rate, .use_ema = true, .ema_momentum = 0.5})
                                  : optimizers::SGD({.learning_rate = rate});
  model->compile({.optimizer = optimizer, .loss = "mse", .metrics = {metric_of(metric)}});
  return model;
}

struct Event {
  std::string hook;
  std::int64_t index;  // -1: none
  Logs logs;
};
struct Noted {
  std::vector<Event> events;
  std::vector<std::string> lines;
};

// Notes every hook, and may tell the training to stop, or note a weight.
class Spy final : public Callback {
 public:
  Spy(const Config& options, Noted& run) : run_(run), weights_(options.has("weights")) {
    if (const auto* stop = options.find("stop"); stop && !stop->is_null()) {
      stop_hook_ = stop->at(0).as_string();
      stop_index_ = stop->at(1).is_null() ? -1 : stop->at(1).as_int();
    }
  }
  void on_train_begin(Logs& logs) override { note("on_train_begin", -1, logs); }
  void on_train_end(Logs& logs) override { note("on_train_end", -1, logs); }
  void on_epoch_begin(std::int64_t i, Logs& logs) override { note("on_epoch_begin", i, logs); }
  void on_epoch_end(std::int64_t i, Logs& logs) override { note("on_epoch_end", i, logs); }
  void on_train_batch_begin(std::int64_t i, Logs& logs) override { note("on_train_batch_begin", i, logs); }
  void on_train_batch_end(std::int64_t i, Logs& logs) override { note("on_train_batch_end", i, logs); }
  void on_test_begin(Logs& logs) override { note("on_test_begin", -1, logs); }
  void on_test_end(Logs& logs) override { note("on_test_end", -1, logs); }
  void on_test_batch_begin(std::int64_t i, Logs& logs) override { note("on_test_batch_begin", i, logs); }
  void on_test_batch_end(std::int64_t i, Logs& logs) override { note("on_test_batch_end", i, logs); }
  void on_predict_begin(Logs& logs) override { note("on_predict_begin", -1, logs); }
  void on_predict_end(Logs& logs) override { note("on_predict_end", -1, logs); }
  void on_predict_batch_begin(std::int64_t i, Logs& logs) override { note("on_predict_batch_begin", i, logs); }
  void on_predict_batch_end(std::int64_t i, Logs& logs) override { note("on_predict_batch_end", i, logs); }

 private:
  void note(const std::string& hook, std::int64_t index, const Logs& logs) {
    run_.events.push_back({hook, index, logs});
    if (weights_) run_.events.back().logs.set("first_weight", model().get_weights().at(0).data<float>()[1]);
    if (hook == stop_hook_ && index == stop_index_) model().set_stop_training(true);
  }
  Noted& run_;
  bool weights_;
  std::string stop_hook_;
  std::int64_t stop_index_ = -1;
};

inline std::string line_of(const std::string& hook, const std::string& index, const Logs& logs) {
  auto names = logs.names();
  std::ranges::sort(names);
  std::string text = hook + " " + index;
  for (std::size_t i = 0; i < names.size(); ++i) text += (i == 0 ? "" : " ") + names[i];
  return text;
}

inline std::shared_ptr<Callback> lambdas(const Config& hooks, Noted& run) {
  callbacks::LambdaCallbackOptions o;
  for (const auto& entry : hooks.as_list()) {
    const auto& hook = entry.as_string();
    const auto of_index = [&run, hook](std::int64_t i, Logs& logs) {
      run.lines.push_back(line_of(hook, std::to_string(i) + " ", logs));
    };
    const auto of_logs = [&run, hook](Logs& logs) { run.lines.push_back(line_of(hook, "", logs)); };
    if (hook == "on_train_begin") o.on_train_begin = of_logs;
    if (hook == "on_train_end") o.on_train_end = of_logs;
    if (hook == "on_epoch_begin") o.on_epoch_begin = of_index;
    if (hook == "on_epoch_end") o.on_epoch_end = of_index;
    if (hook == "on_train_batch_begin") o.on_train_batch_begin = of_index;
    if (hook == "on_train_batch_end") o.on_train_batch_end = of_index;
    if (hook == "on_batch_begin") o.on_batch_begin = of_index;
    if (hook == "on_batch_end") o.on_batch_end = of_index;
    if (hook == "on_test_begin") o.on_test_begin = of_logs;
    if (hook == "on_test_end") o.on_test_end = of_logs;
    if (hook == "on_test_batch_begin") o.on_test_batch_begin = of_index;
    if (hook == "on_test_batch_end") o.on_test_batch_end = of_index;
    if (hook == "on_predict_begin") o.on_predict_begin = of_logs;
    if (hook == "on_predict_end") o.on_predict_end = of_logs;
    if (hook == "on_predict_batch_begin") o.on_predict_batch_begin = of_index;
    if (hook == "on_predict_batch_end") o.on_predict_batch_end = of_index;
  }
  return callbacks::LambdaCallback(o);
}

inline std::shared_ptr<Callback> made(const std::string& kind, const Config& c, Noted& run) {
  const auto text = [&](const char* key, std::string& value) {
    if (const auto* found = c.find(key)) value = found->as_string();
  };
  const auto number = [&](const char* key, auto& value) {
    if (const auto* found = c.find(key)) value = static_cast<std::decay_t<decltype(value)>>(found->as_double());
  };
  const auto flag = [&](const char* key, bool& value) {
    if (const auto* found = c.find(key)) value = found->as_bool();
  };
  const auto maybe = [&](const char* key, std::optional<double>& value) {
    if (const auto* found = c.find(key)) value = found->as_double();
  };
  if (kind == "Spy") return std::make_shared<Spy>(c, run);
  if (kind == "LambdaCallback") return lambdas(c.at("hooks"), run);
  if (kind == "TerminateOnNaN") {
    callbacks::TerminateOnNaNOptions o;
    flag("raise_error", o.raise_error);
    return callbacks::TerminateOnNaN(o);
  }
  if (kind == "EarlyStopping") {
    callbacks::EarlyStoppingOptions o;
    text("monitor", o.monitor), text("mode", o.mode), number("min_delta", o.min_delta);
    number("patience", o.patience), number("verbose", o.verbose), maybe("baseline", o.baseline);
    flag("restore_best_weights", o.restore_best_weights), number("start_from_epoch", o.start_from_epoch);
    return callbacks::EarlyStopping(o);
  }
  if (kind == "ReduceLROnPlateau") {
    callbacks::ReduceLROnPlateauOptions o;
    text("monitor", o.monitor), text("mode", o.mode), number("factor", o.factor), number("patience", o.patience);
    number("verbose", o.verbose), number("min_delta", o.min_delta), number("cooldown", o.cooldown);
    number("min_lr", o.min_lr);
    return callbacks::ReduceLROnPlateau(o);
  }
  if (kind == "LearningRateScheduler") {
    callbacks::LearningRateSchedulerOptions o;
    number("verbose", o.verbose);
    if (c.at("schedule") == Config("halve")) {
      return callbacks::LearningRateScheduler([](std::int64_t, double lr) { return lr * 0.5; }, o);
    }
    return callbacks::LearningRateScheduler(
        [](std::int64_t epoch, double) { return 0.1 / static_cast<double>(epoch + 1); }, o);
  }
  if (kind == "CSVLogger") {
    callbacks::CSVLoggerOptions o;
    text("separator", o.separator), flag("append", o.append);
    return callbacks::CSVLogger(c.at("filename").as_string(), o);
  }
  if (kind == "SwapEMAWeights") {
    callbacks::SwapEMAWeightsOptions o;
    flag("swap_on_epoch", o.swap_on_epoch);
    return callbacks::SwapEMAWeights(o);
  }
  callbacks::ModelCheckpointOptions o;
  text("monitor", o.monitor), text("mode", o.mode), number("verbose", o.verbose), number("period", o.period);
  flag("save_best_only", o.save_best_only), flag("save_weights_only", o.save_weights_only);
  maybe("initial_value_threshold", o.initial_value_threshold);
  flag("load_weights_on_restart", o.load_weights_on_restart);
  if (const auto* f = c.find("save_freq")) {
    o.save_freq = f->is_int() ? callbacks::SaveFreq(f->as_int()) : callbacks::SaveFreq(f->as_string());
  }
  return callbacks::ModelCheckpoint(c.at("filepath").as_string(), o);
}

inline void expect_near(double got, double wanted, const std::string& what) {
  if (std::isnan(wanted)) {
    EXPECT_TRUE(std::isnan(got)) << what << " " << got;
  } else if (std::isinf(wanted)) {
    EXPECT_EQ(got, wanted) << what;
  } else {
    EXPECT_LE(std::abs(got - wanted), 1e-5 * (1 + std::abs(wanted))) << what << ": " << got << " " << wanted;
  }
}

// A number, or a list for an array.
inline void expect_near(const Result& got, const Config& wanted, const std::string& what) {
  ASSERT_EQ(got.is_array(), wanted.is_list()) << what;
  if (!got.is_array()) return expect_near(got.number(), wanted.as_double(), what);
  const auto array = got.array();
  ASSERT_EQ(array.shape(), Shape({static_cast<std::int64_t>(wanted.size())})) << what;
  for (std::size_t i = 0; i < wanted.size(); ++i) expect_near(array.data<float>()[i], wanted.at(i).as_double(), what);
}

inline void expect_same_history(const History& history, const Config& wanted) {
  ASSERT_EQ(history.history.size(), wanted.size());
  for (const auto& [name, values] : wanted.as_dict()) {
    const auto& got = history.at(name);
    ASSERT_EQ(got.size(), values.size()) << name;
    for (std::size_t i = 0; i < got.size(); ++i) expect_near(got[i], values.at(i), name);
  }
}

inline void expect_same_events(const std::vector<Event>& events, const Config& wanted) {
  ASSERT_EQ(events.size(), wanted.size());
  for (std::size_t i = 0; i < events.size(); ++i) {
    const auto& expected = wanted.at(i);
    EXPECT_EQ(events[i].hook, expected.at(0).as_string());
    EXPECT_EQ(events[i].index, expected.at(1).is_null() ? -1 : expected.at(1).as_int()) << events[i].hook;
    ASSERT_EQ(events[i].logs.names().size(), expected.at(2).size()) << events[i].hook;
    for (const auto& [name, value] : expected.at(2).as_dict()) {
      expect_near(events[i].logs.at(name), value, events[i].hook + " " + name);
    }
  }
}

// "ValueError: ..."; Python's str of a KeyError is the repr of its text.
inline std::string words_of(const Config& c) {
  auto message = c.at("message").as_string();
  if (c.at("error") == Config("KeyError")) {
    message = message.substr(1, message.size() - 2);
    for (auto at = message.find("\\'"); at != message.npos; at = message.find("\\'")) message.erase(at, 1);
  }
  return c.at("error").as_string() + ": " + message;
}

}  // namespace hornbeam::callbacks_test
