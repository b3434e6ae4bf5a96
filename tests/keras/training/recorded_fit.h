// What real Keras's fit and evaluate did, recorded by tools/record/record_fit.py in tests/keras/data/training, and the
// comparison of a model here with it.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <regex>
#include <string>
#include <vector>

#include "base/mapped_file.h"
#include "hornbeam/hornbeam.hpp"
#include "hornbeam/saving.hpp"
#include "keras/saving/compile_config.h"
#include "keras/training/recorded_options.h"
#include "support/test_data.h"

namespace hornbeam::training_test {

struct Recording {
  explicit Recording(const std::string& producer) {
    const auto stem = test_data("keras") + "/training/" + producer;
    cases = Config::parse(base::read_file(stem + ".json"), stem);
    for (auto& [name, t] : load_npz(stem + ".npz")) arrays.emplace(name, t);
  }
  std::vector<Tensor> list(const std::string& prefix) const {
    std::vector<Tensor> found;
    for (auto at = arrays.lower_bound(prefix); at != arrays.end() && at->first.starts_with(prefix); ++at) {
      found.push_back(at->second);
    }
    return found;
  }
  // An array by its name, or a dict of those that have it before a key.
  Values values(const std::string& prefix) const {
    Values::Dict dict;
    for (auto at = arrays.lower_bound(prefix); at != arrays.end() && at->first.starts_with(prefix); ++at) {
      if (at->first == prefix) return at->second;
      dict.emplace(at->first.substr(prefix.size()), at->second);
    }
    return dict.empty() ? Values() : Values(dict);
  }
  Config cases;
  std::map<std::string, Tensor> arrays;
};

inline const Recording& recording(const std::string& producer) {
  static std::map<std::string, Recording> all;
  const auto at = all.find(producer);
  return at != all.end() ? at->second : all.emplace(producer, Recording(producer)).first->second;
}

// The recorder's layer of this name: adds a loss, and in Keras 2 a metric.
class Added final : public Layer {
 public:
  explicit Added(const Config& config)
      : Layer(layer_options_from(config)),
        rate_(config.at("rate").as_double()),
        metric_(config.at("metric").as_string()),
        by_row_(!config.at("axis").is_null()) {}
  Values call(const Values& inputs, CallContext& context) override {
    const auto squares = ops::square(inputs.tensor());
    context.add_loss((by_row_ ? ops::reduce_mean(squares, -1) : ops::reduce_mean(squares)) * rate_);
    if (current_target() != Target::keras3) context.add_metric(ops::abs(inputs.tensor()), metric_);
    return inputs;
  }
  Config get_config() const override { return Layer::get_config().set("rate", rate_).set("metric", metric_); }

 private:
  double rate_;
  std::string metric_;
  bool by_row_;
};

inline const CustomObjects& custom_objects() {
  const auto gap = [](const Tensor& y, const Tensor& p) { return ops::abs(y - p); };
  static const CustomObjects objects{
      {"Added", LayerFactory([](const Config& c) { return std::make_shared<Added>(c); })},
      {"cust_loss",
       losses::custom("cust_loss", [=](const Tensor& y, const Tensor& p) { return ops::pow(gap(y, p), 1.5); })},
      {"cust_metric",
       MetricFunction{[=](const Tensor& y, const Tensor& p) { return ops::reduce_max(gap(y, p), -1); }}}};
  return objects;
}

constexpr double kTolerance = 1e-5;

inline void expect_near(double got, double expected, const std::string& what) {
  EXPECT_LE(std::abs(got - expected), kTolerance * (1 + std::abs(expected))) << what << ": " << got << " " << expected;
}

inline void expect_near(const Tensor& got, const Tensor& expected, const std::string& what) {
  ASSERT_EQ(got.shape(), expected.shape());
  const auto a = got.data<float>(), b = expected.data<float>();
  for (std::size_t i = 0; i < a.size(); ++i) expect_near(a[i], b[i], what);
}

inline FitOptions fit_options(const Recording& all, const std::string& name) {
  const auto& fit = all.cases.at(name).at("fit");
  auto o = testing_support::fit_options(fit);
  if (const auto* weights = fit.find("class_weight")) {
    for (const auto& [key, value] : weights->as_dict()) o.class_weight[std::stoll(key)] = value.as_double();
  }
  if (fit.has("sample_weight")) {
    const auto one = all.arrays.find(name + "/sample_weight");
    o.sample_weight = one != all.arrays.end() ? Values(one->second) : all.values(name + "/weight_");
  }
  if (fit.has("validation_data")) {
    o.validation_data =
        ValidationData{all.arrays.at(name + "/val_x"), all.arrays.at(name + "/val_y"), all.arrays.at(name + "/val_w")};
  }
  return o;
}

inline void compile_as(const Recording& all, const std::string& name, Model& model) {
  auto compile = all.cases.at(name).at("compile");
  compile.set("optimizer_config", compile.at("optimizer"));
  compile.erase("optimizer");
  const TargetScope scope(target_named(model.target()));
  const CustomObjectScope custom(custom_objects());
  model.compile(compile_options(compile));
}

inline std::vector<std::string> strings(const Config& list) {
  std::vector<std::string> all;
  for (const auto& text : list.as_list()) all.push_back(text.as_string());
  return all;
}

// Gives the model the recorded weights, compiles, fits and evaluates it, and compares all that comes out.
inline void expect_fits_as(const Recording& all, const std::string& name, Model& model) {
  const auto& c = all.cases.at(name);
  model.set_weights(all.list(name + "/before"));
  compile_as(all, name, model);
  const auto ys = all.list(name + "/y");
  const Values x = all.arrays.at(name + "/x");
  const Values y = ys.empty() ? Values() : ys.size() == 1 ? Values(ys[0]) : Values(ys);
  const auto history = model.fit(x, y, fit_options(all, name));

  const auto& expected = c.at("history");
  ASSERT_EQ(history.history.size(), expected.size());
  std::vector<std::string> order;
  for (const auto& [key, got] : history.history) {
    order.push_back(key);
    const auto* values = expected.find(key);
    ASSERT_NE(values, nullptr) << key;
    ASSERT_EQ(got.size(), values->size()) << key;
    for (std::size_t i = 0; i < got.size(); ++i) expect_near(got[i], values->at(i).as_double(), key);
  }
  // Keras 3 sorts them.
  if (model.target() == "keras3") std::ranges::sort(order);
  EXPECT_EQ(order, strings(c.at("order")));
  EXPECT_EQ(history.epoch, c.at("epoch").as_ints());
  auto warnings = strings(c.at("warnings"));
  // 2.2 counts the names of weights over all models of a process.
  for (auto& text : warnings) text = std::regex_replace(text, std::regex("_[0-9]+/"), "/");
  EXPECT_EQ(history.warnings, warnings);
  const auto after = all.list(name + "/after");
  const auto weights = model.get_weights();
  ASSERT_EQ(weights.size(), after.size());
  for (std::size_t i = 0; i < after.size(); ++i) expect_near(weights[i], after[i], model.weights()[i]->name());
  const auto logs = model.evaluate(x, y, {.batch_size = 4, .verbose = 0});
  EXPECT_EQ(logs.names().size(), c.at("evaluate").size());
  for (const auto& [key, value] : c.at("evaluate").as_dict()) expect_near(logs.at(key), value.as_double(), key);
}

inline ModelRef model_of(const std::string& json) {
  return models::model_from_json(json, {.custom_objects = custom_objects()});
}

}  // namespace hornbeam::training_test
