// Clipping of gradients of picked rows (tools/record/record_clipped_picks.py).
#include "keras/optimizers/picked_rows.h"

namespace hornbeam::testing_support {

TEST(Optimizers, ClippedGradientsOfPickedRowsOfEveryGeneration) {
  int rows = 0;
  for (const auto* producer : kProducers) {
    const Recorded r("clipped_picks", producer);
    for (const auto& row : r.json.at("sparse").as_list()) {
      SCOPED_TRACE(r.producer + " " + row.at("class_name").as_string() + " " + row.at("generation").as_string() + " " +
                   row.at("config").dump());
      auto config = row.at("config");
      if (row.at("generation").as_string() == "legacy") config.set("is_legacy_optimizer", true);
      const auto optimizer = Optimizer::from_config(Config{{"class_name", row.at("class_name")}, {"config", config}});
      expect_picked_steps(r, optimizer, row);
      ++rows;
    }
  }
  EXPECT_EQ(rows, 133);
}

}  // namespace hornbeam::testing_support
