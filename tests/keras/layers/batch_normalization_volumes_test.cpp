// BatchNormalization of what has three dims, as tf.keras 2.15's fused op has it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "hornbeam/hornbeam.hpp"
#include "hornbeam/random.hpp"
#include "support/temp_dir.h"

namespace hornbeam {
namespace {

using testing_support::TempDir;

ModelRef normalized(const Shape& shape, bool masking) {
  backend::clear_session();
  const auto x = Input(shape);
  const Values steps = masking ? Masking()(x) : Values(x);
  const ModelRef model = Functional(x, BatchNormalization({.momentum = 0.5})(steps));
  model->set_target("tf2.15");
  return model;
}

std::vector<float> moved_variance(const ModelRef& model, const Tensor& x) {
  (*model)(x, {.training = true});
  const auto values = model->get_weights().at(3);
  const auto span = values.data<float>();
  return {span.begin(), span.end()};
}

TEST(BatchNormalizationOfVolumes, OneElementHasAVariance) {
  for (const auto variance :
       moved_variance(normalized({1, 1, 1, 2}, false), Tensor::zeros(DType::float32, {1, 1, 1, 1, 2}))) {
    EXPECT_TRUE(std::isfinite(variance)) << variance;
  }
}

TEST(BatchNormalizationOfVolumes, KnowsNoMasks) {
  auto x = ops::random_uniform({4, 3, 2, 2, 2}, {.seed = 1});
  x = ops::concat({x, ops::zeros_like(x)}, 1);
  EXPECT_EQ(moved_variance(normalized({6, 2, 2, 2}, true), x), moved_variance(normalized({6, 2, 2, 2}, false), x));
}

TEST(BatchNormalizationOfVolumes, GoesToOtherKerasesWithProof) {
  for (const std::string target : {"tf2.2", "keras3"}) {
    backend::clear_session();
    utils::set_random_seed(5);
    const auto x = Input({2, 2, 2, 3});
    const ModelRef model = Functional(x, Dense(1)(Flatten()(BatchNormalization()(Conv3D(4, 2)(x)))));
    model->compile({.optimizer = "sgd", .loss = "mse"});
    const TempDir dir;
    model->save(dir.file("m.h5"), {.target = "tf2.15"});
    const auto report = models::migrate(dir.file("m.h5"), dir.file("out.h5"), {.target = target});
    EXPECT_TRUE(report.written) << report.to_string();
    EXPECT_THAT(report.to_string(), ::testing::HasSubstr("moved variances: one of the Kerases"));
  }
}

}  // namespace
}  // namespace hornbeam
