// SparseCategoricalCrossentropy over another axis than the last (tools/record/record_class_axis.py).
#include <gtest/gtest.h>

#include <cmath>

#include "base/mapped_file.h"
#include "graph/executor.h"
#include "hornbeam/hornbeam.hpp"
#include "keras/recorded.h"

namespace hornbeam::testing_support {
namespace {

// What the row says under `key`; the row's error where it says nothing.
template <class F>
void expect_as_recorded(const Config& row, const char* key, F&& compute) {
  SCOPED_TRACE(key);
  try {
    const auto got = compute();
    if (!row.has(key)) return void(ADD_FAILURE() << "was taken");
    expect_close(got, ops::cast(json_to_tensor(row.at(key)), DType::float32), 2e-6, 1e-6, key);
  } catch (const Error& error) {
    ASSERT_FALSE(row.has(key)) << error.report();
    EXPECT_EQ(error.report(), row.at("error").as_string() + ": " + row.at("message").as_string());
  }
}

}  // namespace

TEST(Metrics, SparseCategoricalCrossentropyOverAnotherAxis) {
  for (const auto& [producer, target] : {std::pair{"tf-2.2.3", Target::tf22}, std::pair{"tf-2.15.1", Target::tf215},
                                         std::pair{"keras-3.15.1", Target::keras3}}) {
    const auto path = test_data("keras") + "/class_axis/" + producer + ".json";
    const auto rows = Config::parse(base::read_file(path), path);
    EXPECT_EQ(rows.size(), 7U);
    const TargetScope scope(target);
    for (const auto& row : rows.as_list()) {
      SCOPED_TRACE(std::string(producer) + " " + row.at("arguments").dump() + " " +
                   json_to_tensor(row.at("y_pred")).shape().to_string());
      const auto metric =
          Metric::from_config(Config{{"class_name", "SparseCategoricalCrossentropy"}, {"config", row.at("arguments")}});
      const auto y_true = json_to_tensor(row.at("y_true"));
      const auto y_pred = ops::cast(json_to_tensor(row.at("y_pred")), DType::float32);
      const auto update = [&] { metric->update_state(y_true, y_pred); };
      losses::SparseCategoricalCrossentropyOptions options;
      options.axis = row.at("arguments").at("axis").as_int();
      if (const auto* logits = row.at("arguments").find("from_logits")) options.from_logits = logits->as_bool();
      expect_as_recorded(row, "values",
                         [&] { return losses::sparse_categorical_crossentropy(y_true, y_pred, options); });
      expect_as_recorded(row, "traced", [&] {
        const TensorSpec argument{y_pred.dtype(), y_pred.shape()};
        const auto function = graph::trace("loss", {&argument, 1}, [&](std::span<const Tensor> in) {
          return std::vector<Tensor>{losses::sparse_categorical_crossentropy(
              y_true, activations::softmax(in[0], options.axis), {.axis = options.axis})};
        });
        return graph::Executable(function).run(std::vector<Tensor>{y_pred}).at(0);
      });
      if (row.has("error")) {
        try {
          update();
          ADD_FAILURE() << "was taken";
        } catch (const Error& error) {
          EXPECT_EQ(error.report(), row.at("error").as_string() + ": " + row.at("message").as_string());
        }
        continue;
      }
      update();
      const auto wanted = row.at("result").as_double();
      EXPECT_NEAR(metric->result().item<float>(), wanted, 2e-6 * (1 + std::abs(wanted)));
    }
  }
}

}  // namespace hornbeam::testing_support
