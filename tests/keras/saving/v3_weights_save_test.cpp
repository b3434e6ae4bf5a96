// Weights alone in Keras's v3 layout (.weights.h5).
#include <gmock/gmock.h>

#include "hornbeam/hornbeam.hpp"
#include "support/error_of.h"
#include "support/temp_dir.h"

namespace hornbeam {
namespace {

using testing_support::error_of;
using testing_support::TempDir;

// The weights are what is asked for: an optimizer that the target does not have is told.
TEST(V3WeightsSave, AreWrittenAloneWhereTheOptimizerCannotGo) {
  const TempDir dir;
  backend::clear_session();
  const ModelRef model(Sequential({Dense(2, {.input_shape = Shape{3}})}));
  model->set_target("tf2.2");
  model->compile({.optimizer = optimizers::RMSprop(), .loss = "mse"});
  model->fit(Tensor::zeros(DType::float32, {4, 3}), Tensor::zeros(DType::float32, {4, 2}), {.verbose = 0});
  EXPECT_NE(error_of([&] { model->save(dir.file("m.keras"), {.target = "keras3"}); }), "no error");
  SaveReport report;
  model->save_weights(dir.file("m.weights.h5"), {.target = "keras3", .report = &report});
  EXPECT_THAT(report.dropped, testing::ElementsAre(testing::StartsWith("optimizer: its state. ")));
  const ModelRef other(Sequential({Dense(2, {.input_shape = Shape{3}})}));
  LoadReport loaded;
  other->load_weights(dir.file("m.weights.h5"), {.report = &loaded});
  EXPECT_EQ(loaded.matched.size(), 2U);
  EXPECT_TRUE(loaded.unused.empty()) << loaded.to_string();
}

}  // namespace
}  // namespace hornbeam
