// SparseCategoricalCrossentropy over another axis than the last (tools/record/record_class_axis.py).
#include <gtest/gtest.h>

#include <cmath>

#include "base/mapped_file.h"
#include "hornbeam/hornbeam.hpp"
#include "keras/recorded.h"

namespace hornbeam::testing_support {

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
      const auto update = [&] {
        metric->update_state(json_to_tensor(row.at("y_true")),
                             ops::cast(json_to_tensor(row.at("y_pred")), DType::float32));
      };
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
