// Clipping of gradients of picked rows (tools/record/record_clipped_picks.py).
#include "keras/optimizers/picked_rows.h"

namespace hornbeam::testing_support {

TEST(Optimizers, ClippedGradientsOfPickedRowsOfEveryGeneration) {
  int rows = 0;
  for (const auto* producer : kProducers) {
    rows += expect_picked_rows(Recorded("clipped_picks", producer));
  }
  EXPECT_EQ(rows, 133);
}

}  // namespace hornbeam::testing_support
