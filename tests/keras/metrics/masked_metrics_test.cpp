// Which metrics of a model whose output has a mask are told of it (tools/record/record_masked_metrics.py).
#include <gtest/gtest.h>

#include <cmath>

#include "base/mapped_file.h"
#include "hornbeam/hornbeam.hpp"
#include "keras/recorded.h"

namespace hornbeam::testing_support {
namespace {

Tensor float_array(const Config& lists) { return ops::cast(json_to_tensor(lists), DType::float32); }

ModelRef masked_model(const Config& all, const Config& row, const std::string& target) {
  const auto x = Input({4, 2}, {.name = "x"});
  const ModelRef model(Functional(x, Dense(1, {.activation = "sigmoid", .name = "o"})(Masking({.name = "m"})(x))));
  model->set_target(target);
  model->set_weights({float_array(all.at("kernel")), float_array(all.at("bias"))});
  const TargetScope scope(target_named(target));
  const auto metric = [&](const char* name) {
    auto config = row.at("arguments");
    config.set("name", name);
    return Metric::from_config(Config{{"class_name", row.at("class_name")}, {"config", config}});
  };
  model->compile({.optimizer = "sgd",
                  .loss = "binary_crossentropy",
                  .metrics = {metric("plain")},
                  .weighted_metrics = {metric("weighted")}});
  return model;
}

// A list of thresholds has a result for each.
void expect_result(const Result& got, const Config& wanted, const std::string& what) {
  ASSERT_EQ(got.is_array(), wanted.is_list()) << what;
  const auto array = ops::cast(got.array(), DType::float64);
  ASSERT_EQ(array.num_elements(), got.is_array() ? static_cast<std::int64_t>(wanted.size()) : 1) << what;
  for (std::size_t i = 0; i < array.data<double>().size(); ++i) {
    const auto value = (got.is_array() ? wanted.at(i) : wanted).as_double();
    EXPECT_NEAR(array.data<double>()[i], value, 1e-6 * (1 + std::abs(value))) << what;
  }
}

}  // namespace

TEST(Metrics, OfMaskedOutputs) {
  int rows = 0;
  for (const auto& [producer, target] :
       {std::pair{"tf-2.2.3", "tf2.2"}, std::pair{"tf-2.15.1", "tf2.15"}, std::pair{"keras-3.15.1", "keras3"}}) {
    const auto path = test_data("keras") + "/masked_metrics/" + producer + ".json";
    const auto all = Config::parse(base::read_file(path), path);
    for (const auto& row : all.at("rows").as_list()) {
      if (row.has("error")) continue;
      SCOPED_TRACE(std::string(producer) + " " + row.at("class_name").as_string() + " " + row.at("arguments").dump());
      for (const std::string weights : {"", "weights_"}) {
        const auto logs =
            masked_model(all, row, target)
                ->evaluate(
                    float_array(all.at("x")), float_array(all.at("y")),
                    {.batch_size = 3,
                     .verbose = 0,
                     .sample_weight = weights.empty() ? Values() : Values(float_array(all.at("sample_weight")))});
        for (const auto& [ours, theirs] :
             {std::pair{"loss", "loss"}, std::pair{"plain", "metric"}, std::pair{"weighted", "weighted"}}) {
          expect_result(logs.at(ours), row.at(weights + theirs), weights + theirs);
        }
      }
      ++rows;
    }
  }
  EXPECT_EQ(rows, 62);
}

}  // namespace hornbeam::testing_support
