// Sample weights in any form for a model of two outputs: as real Keras took them
// (tools/record/record_sample_weights.py).
#include <gtest/gtest.h>

#include <cmath>

#include "hornbeam/hornbeam.hpp"
#include "keras/recorded.h"

namespace hornbeam {
namespace {

using Leaves = std::map<std::string, Values>;

struct WeightedCase {
  Tensor x, a, b;
  std::map<std::string, Values> targets, weights;
};

WeightedCase weighted_case() {
  WeightedCase c;
  std::vector<float> numbers(8), first(4);
  for (std::size_t i = 0; i < 8; ++i) numbers[i] = static_cast<float>(i) * 0.25F;
  for (std::size_t i = 0; i < 4; ++i) first[i] = numbers[2 * i] - 1;
  c.x = Tensor::from<float>({4, 2}, numbers);
  c.a = c.x * 2.0F;
  c.b = Tensor::from<float>({4, 1}, first);
  c.targets = {{"list", Values({c.a, c.b})}, {"dict", Values(Leaves{{"a", c.a}, {"b", c.b}})}};
  const auto v = Tensor::from<float>({4}, {1, 0, 2, 0.5F}), w = Tensor::from<float>({4}, {0, 3, 1, 1});
  c.weights = {{"one", v},
               {"one_column", Tensor::from<float>({4, 1}, {1, 0, 2, 0.5F})},
               {"one_of_all", c.a},
               {"list_of_one", Values(Values::List{v})},
               {"list_of_two", Values({v, w})},
               {"list_of_three", Values({v, w, v})},
               {"list_of_first", Values(Values::List{v, Values()})},
               {"list_of_second", Values(Values::List{Values(), w})},
               {"dict_of_one", Values(Leaves{{"a", v}})},
               {"dict_of_two", Values(Leaves{{"a", v}, {"b", w}})},
               {"dict_of_another", Values(Leaves{{"c", v}})}};
  return c;
}

ModelRef two_outputs(const std::string& target) {
  const auto x = Input({2}, {.name = "x"});
  const auto dense = [&](std::int64_t units, const char* name) {
    return Dense(units, {.kernel_initializer = "ones", .name = name})(x);
  };
  const auto a = dense(2, "a"), b = dense(1, "b");
  const Functional model(x, Values({a, b}));
  model->set_target(target);
  model->compile(
      {.optimizer = "sgd", .loss = "mse", .weighted_metrics = Metrics::per_output({{Metric("mae")}, {Metric("mae")}})});
  return model;
}

void expect_result(double got, double wanted, const std::string& name) {
  EXPECT_NEAR(got, wanted, 1e-5 * (0.01 + std::abs(wanted))) << name;
}

// Of evaluate and train_on_batch: in the order that Keras lists them in.
void expect_listed(const Logs& logs, const Config& wanted) {
  const std::vector<std::string> names = {"loss", "a_loss", "b_loss", "a_mae", "b_mae"};
  ASSERT_EQ(logs.names().size(), wanted.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    expect_result(logs.at(names[i]), wanted.at(i).as_double(), names[i]);
  }
}

TEST(SampleWeights, OfTwoOutputsAreTakenAsByKeras) {
  const auto given = weighted_case();
  for (const auto& [producer, target] : std::vector<std::pair<std::string, std::string>>{
           {"tf-2.2.3", "tf2.2"}, {"tf-2.15.1", "tf2.15"}, {"keras-3.15.1", "keras3"}}) {
    const auto path = test_data("keras") + "/sample_weights/" + producer + ".json";
    const auto cases = Config::parse(testing_support::read_file(path), path).at("cases");
    for (const auto& c : cases.as_list()) {
      SCOPED_TRACE(producer + " " + c.dump());
      const auto call = c.at("call").as_string();
      const auto& y = given.targets.at(c.at("y").as_string());
      const auto& w = given.weights.at(c.at("weights").as_string());
      const auto model = two_outputs(target);
      std::string got;
      try {
        if (call == "fit") {
          const auto history = model->fit(
              given.x, y, {.batch_size = 4, .epochs = 2, .verbose = 0, .shuffle = false, .sample_weight = w});
          if (!c.has("error")) {
            for (const auto& [name, values] : c.at("results").as_dict()) {
              for (std::size_t e = 0; e < 2; ++e) expect_result(history.at(name)[e], values.at(e).as_double(), name);
            }
          }
        } else {
          const auto logs = call == "evaluate"
                                ? model->evaluate(given.x, y, {.batch_size = 4, .verbose = 0, .sample_weight = w})
                                : model->train_on_batch(given.x, y, {.sample_weight = w});
          if (!c.has("error")) expect_listed(logs, c.at("results"));
        }
      } catch (const Error& error) {
        got = error.report();
      }
      if (!c.has("error")) {
        EXPECT_EQ(got, "");
        continue;
      }
      // Slips of Keras's: a KeyError of a dict's first place and the like. These forms are refused here in the words
      // for others of the wrong form, or taken.
      if (c.at("error") != Config("ValueError")) continue;
      auto words = c.at("error").as_string() + ": " + c.at("message").as_string();
      if (words.starts_with("ValueError: Found unexpected losses or metrics")) {  // 2.2's: in those after it
        words = "ValueError: Found unexpected keys that do not correspond to any Model output: ";
      }
      words = words.substr(0, std::min(words.find(" for '{{node"), words.find("dict_keys(")));
      EXPECT_TRUE(got.starts_with(words)) << got << "\n" << words;
    }
  }
}

}  // namespace
}  // namespace hornbeam
