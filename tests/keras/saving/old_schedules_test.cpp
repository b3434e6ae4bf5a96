// Schedules that tf.keras 2 alone has, in its files, and what becomes of them for Keras 3.
#include <gmock/gmock.h>

#include <filesystem>

#include "hornbeam/hornbeam.hpp"
#include "support/temp_dir.h"

namespace hornbeam {
namespace {

using testing::HasSubstr;
using testing_support::TempDir;
namespace schedules = optimizers::schedules;

ModelRef model_with(const LearningRateSchedule& schedule) {
  const TargetScope scope(Target::tf22);
  const auto x = Input({3}, {.name = "x"});
  ModelRef model(Functional(x, Dense(2, {.name = "out"})(Dense(4, {.activation = "tanh", .name = "hidden"})(x))));
  model->set_target("tf2.2");
  model->compile({.optimizer = optimizers::SGD({.learning_rate = schedule, .momentum = 0.5}), .loss = "mse"});
  return model;
}

void train(const ModelRef& model, int steps) {
  for (int i = 0; i < steps; ++i) model->train_on_batch(ops::ones({2, 3}), ops::ones({2, 2}));
}

LearningRateSchedule linear() {
  return schedules::LinearCosineDecay({.initial_learning_rate = 0.2, .decay_steps = 6, .num_periods = 1.5});
}
LearningRateSchedule noisy() {
  return schedules::NoisyLinearCosineDecay({.initial_learning_rate = 0.2, .decay_steps = 60, .initial_variance = 0.1});
}

void expect_same_weights(const ModelRef& a, const ModelRef& b) {
  const auto one = a->get_weights(), other = b->get_weights();
  ASSERT_EQ(one.size(), other.size());
  for (std::size_t i = 0; i < one.size(); ++i) {
    EXPECT_TRUE(ops::reduce_all(ops::equal(one[i], other[i])).item<bool>()) << i;
  }
}

TEST(OldSchedules, GoOnFromTheFilesOfTheirKeras) {
  const TempDir dir;
  for (const auto& schedule : {linear(), noisy()}) {
    for (const std::string way : {"m.h5", "saved_model", "checkpoint"}) {
      SCOPED_TRACE(schedule->class_name() + " " + way);
      const auto model = model_with(schedule);
      train(model, 2);
      const auto path = dir.file(schedule->class_name() + way);
      ModelRef loaded;
      if (way == "checkpoint") {
        model->save_weights(path);
        loaded = model_with(schedule);
        loaded->load_weights(path);
      } else {
        model->save(path);
        loaded = models::load_model(path);
      }
      const auto config = [](const ModelRef& m) {
        const TargetScope scope(Target::tf22);
        return m->optimizer()->get_config().at("learning_rate").dump();
      };
      EXPECT_EQ(config(loaded), config(model));
      for (const auto& m : {model, loaded}) {
        utils::set_random_seed(4);
        train(m, 3);
      }
      expect_same_weights(loaded, model);
    }
  }
}

TEST(OldSchedules, Keras3HasThemNot) {
  const TempDir dir;
  const auto model = model_with(noisy());
  train(model, 1);
  model->save(dir.file("m.h5"));
  for (const auto* file : {"out.h5", "out.keras"}) {
    const auto expect_refused = [&](const auto& call) {
      try {
        call();
        ADD_FAILURE() << file;
      } catch (const ValueError& error) {
        EXPECT_THAT(error.what(), HasSubstr("Unknown decay: NoisyLinearCosineDecay. tf.keras alone has it"));
      }
      EXPECT_FALSE(std::filesystem::exists(dir.file(file)));
    };
    expect_refused([&] { model->save(dir.file(file), {.target = "keras3"}); });
    expect_refused([&] { models::migrate(dir.file("m.h5"), dir.file(file), {.target = "keras3"}); });
  }
  const auto without =
      models::migrate(dir.file("m.h5"), dir.file("out.keras"), {.target = "keras3", .include_optimizer = false});
  EXPECT_TRUE(without.written) << without.to_string();
  for (const auto* file : {"m215.h5", "m215.keras"}) {
    const auto report = models::migrate(dir.file("m.h5"), dir.file(file), {.target = "tf2.15"});
    EXPECT_TRUE(report.written) << report.to_string();
    const auto there = models::load_model(dir.file(file));
    EXPECT_EQ(there->optimizer()->learning_rate_schedule()->class_name(), "NoisyLinearCosineDecay");
  }
  const auto report = models::migrate(dir.file("m.h5"), dir.file("out"), {.target = "tf2.2", .save_format = "tf"});
  EXPECT_TRUE(report.written) << report.to_string();
}

}  // namespace
}  // namespace hornbeam
