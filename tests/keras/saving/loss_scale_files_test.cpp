// LossScaleOptimizer in every kind of file: what of its state comes back, and for another Keras.
#include <gmock/gmock.h>

#include "hornbeam/hornbeam.hpp"
#include "support/temp_dir.h"

namespace hornbeam {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing_support::TempDir;

constexpr const char* kTargets[] = {"tf2.2", "tf2.15", "keras3"};

// Steps that leave the scale and the count other than they were.
ModelRef trained(const std::string& target) {
  backend::clear_session();
  utils::set_random_seed(1);
  mixed_precision::set_global_policy("mixed_float16");
  const TargetScope scope(target_named(target));
  const auto x = Input({4}, {.name = "x"});
  ModelRef model(Functional(x, Dense(2, {.name = "out", .dtype = "float32"})(Dense(3, {.name = "hidden"})(x))));
  model->compile({.optimizer = optimizers::Adam({.learning_rate = 0.01}), .loss = "mse"});
  mixed_precision::set_global_policy("");
  model->train_on_batch(ops::ones({2, 4}), ops::fill({2, 2}, Tensor::scalar(1e6F)));
  for (int i = 0; i < 2; ++i) model->train_on_batch(ops::ones({2, 4}), ops::ones({2, 2}));
  return model;
}

struct Scale {
  float scale;
  std::int64_t count;
  friend bool operator==(const Scale&, const Scale&) = default;
};
Scale scale_of(const Model& model) {
  const auto scaled = as_loss_scale(model.optimizer());
  if (!scaled) return {0, 0};
  return {scaled->loss_scale()->value().item<float>(), scaled->dynamic_counter()->value().item<std::int64_t>()};
}
constexpr Scale kFresh{32768.0F, 0};

void expect_same_state(const Model& got, const Model& want) {
  EXPECT_EQ(got.optimizer()->class_name(), want.optimizer()->class_name());
  const auto a = got.optimizer()->get_weights(), b = want.optimizer()->get_weights();
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_TRUE(ops::reduce_all(ops::equal(a[i], b[i])).item<bool>()) << i;
  }
}

TEST(SavedLossScale, ComesBackFromTheFilesThatHoldIt) {
  const TempDir dir;
  for (const auto* target : kTargets) {
    SCOPED_TRACE(target);
    const auto model = trained(target);
    EXPECT_LT(scale_of(*model).scale, kFresh.scale);
    EXPECT_GT(scale_of(*model).count, 0);
    const bool keras3 = std::string(target) == "keras3";
    for (const auto* name : {"model.h5", "model.keras", "model"}) {
      if ((keras3 && std::string(name) == "model") || (!keras3 && std::string(name) == "model.keras")) continue;
      SCOPED_TRACE(name);
      const auto path = dir.file(std::string(target) + name);
      model->save(path);
      LoadReport report;
      const auto again = models::load_model(path, {.report = &report});
      ASSERT_TRUE(again->is_compiled()) << again->not_compiled_because();
      expect_same_state(*again, *model);
      const bool h5_of_keras2 = !keras3 && std::string(name) == "model.h5";
      EXPECT_EQ(scale_of(*again), h5_of_keras2 ? kFresh : scale_of(*model));
      if (h5_of_keras2) {
        EXPECT_THAT(report.notes, Contains(HasSubstr("holds no loss scale")));
      }
      again->train_on_batch(ops::ones({2, 4}), ops::ones({2, 2}));
    }
  }
}

TEST(SavedLossScale, ComesBackFromCheckpointsAndWeights) {
  const TempDir dir;
  for (const auto* target : kTargets) {
    SCOPED_TRACE(target);
    const auto model = trained(target);
    const bool keras3 = std::string(target) == "keras3";
    const auto path = dir.file(std::string(target) + (keras3 ? ".weights.h5" : "/weights"));
    model->save_weights(path);
    const auto other = trained(target);
    other->train_on_batch(ops::ones({2, 4}), ops::fill({2, 2}, Tensor::scalar(1e6F)));
    EXPECT_NE(scale_of(*other), scale_of(*model));
    const auto status = other->load_weights(path);
    if (!keras3) status.assert_consumed();
    EXPECT_EQ(scale_of(*other), scale_of(*model));
    expect_same_state(*other, *model);
  }
}

// The archive names what compile() was given; its state says what it became.
TEST(SavedLossScale, OfAnArchiveIsToldByTheState) {
  const TempDir dir;
  const auto model = trained("tf2.15");
  SaveReport saved;
  model->save(dir.file("model.keras"), {.report = &saved});
  EXPECT_THAT(saved.dropped, Contains(HasSubstr("the LossScaleOptimizer that compile() wrapped it in")));
  LoadReport report;
  const auto again = models::load_model(dir.file("model.keras"), {.report = &report});
  expect_same_state(*again, *model);
  EXPECT_EQ(scale_of(*again), kFresh);
  EXPECT_THAT(report.notes, Contains(HasSubstr("holds no loss scale")));
  EXPECT_TRUE(report.unused.empty());
}

TEST(SavedLossScale, GoesOverToOtherKerases) {
  const TempDir dir;
  for (const auto* from : kTargets) {
    const auto model = trained(from);
    for (const auto* to : kTargets) {
      SCOPED_TRACE(std::string(from) + " to " + to);
      const auto path = dir.file(std::string(from) + to + ".h5");
      model->save(path, {.target = to});
      const auto again = models::load_model(path);
      ASSERT_TRUE(again->is_compiled()) << again->not_compiled_because();
      ASSERT_TRUE(as_loss_scale(again->optimizer()));
      EXPECT_EQ(again->target(), to);
      EXPECT_EQ(again->optimizer()->iterations()->value().item<std::int64_t>(),
                model->optimizer()->iterations()->value().item<std::int64_t>());
      if (std::string(to) == "keras3") {
        EXPECT_EQ(scale_of(*again), scale_of(*model));
      }
    }
  }
}

}  // namespace
}  // namespace hornbeam
