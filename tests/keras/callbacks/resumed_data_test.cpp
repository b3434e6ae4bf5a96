// A training on a Dataset that was stopped after any of its batches ends as one that was not: what random ops, a
// shuffle and threads drew within the passes of repeat(), and data that end with an epoch.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "hornbeam/callbacks.hpp"
#include "hornbeam/hornbeam.hpp"
#include "support/temp_dir.h"

namespace hornbeam {
namespace {

constexpr std::int64_t kBatchesOfPass = 7;

Tensor ramp(const Shape& shape, double from) {
  auto t = Tensor::empty(DType::float32, shape);
  for (auto& value : t.mutable_data<float>()) value = static_cast<float>(std::sin(from += 0.7));
  return t;
}

ModelRef with_dropout(const std::string& target) {
  backend::clear_session();
  utils::set_random_seed(5);
  const auto x = Input({3});
  const Functional model(x, Dense(2)(Dropout(0.3)(Dense(4, {.activation = "relu"})(x))));
  model->set_target(target);
  model->compile({.optimizer = "adam", .loss = "mse"});
  return model;
}

// In an order that is drawn as a pass begins.
Dataset shuffled_batches() {
  return Dataset::from_generator([] {
    const auto order = ops::random_shuffle(ops::range(ops::scalar(DType::int64, 0.0),
                                                      ops::scalar(DType::int64, static_cast<double>(kBatchesOfPass)),
                                                      ops::scalar(DType::int64, 1.0)));
    return Dataset::Next([order, i = std::size_t{0}]() mutable -> std::optional<Batch> {
      if (i == kBatchesOfPass) return std::nullopt;
      const auto from = static_cast<double>(order.data<std::int64_t>()[i++]);
      return Batch{.x = ramp({4, 3}, from), .y = ramp({4, 2}, from + 1)};
    });
  });
}

Batch noisy(const Batch& batch) { return {.x = batch.x.tensor() + ops::random_normal({4, 3}), .y = batch.y}; }

Dataset in_order() {
  return Dataset::from_sequence(kBatchesOfPass, [](std::int64_t i) {
    const auto from = static_cast<double>(i);
    return Batch{.x = ramp({4, 3}, from), .y = ramp({4, 2}, from + 1)};
  });
}

struct Reached {
  History history;
  std::vector<Tensor> weights;
  bool stopped = false;
};

// `stop`: after how many batches a signal ends it; 0: none does.
Reached train_on(const Dataset& data, const std::string& target, std::int64_t steps, const std::string& folder,
                 int stop, std::int64_t every) {
  const auto model = with_dropout(target);
  int batches = 0;
  Reached reached;
  callbacks::BackupAndRestoreOptions options{.preempted = [&] {
    reached.stopped = reached.stopped || ++batches == stop;
    return reached.stopped;
  }};
  if (every > 0) options.save_freq = every;
  FitOptions o{.epochs = 3, .verbose = 0};
  if (steps > 0) o.steps_per_epoch = steps;
  if (!folder.empty()) o.callbacks = {callbacks::BackupAndRestore(folder, options)};
  reached.history = model->fit(data, o);
  reached.weights = model->get_weights();
  return reached;
}

// `every`: how often it is kept, in batches; 0: after each epoch.
void expect_resumed(const Dataset& data, std::int64_t steps, std::int64_t every) {
  for (const std::string target : {"tf2.2", "tf2.15", "keras3"}) {
    const auto whole = train_on(data, target, steps, "", 0, 0);
    bool stopped = true;
    for (int stop = every == 0 ? 6 : 1; stopped && stop < 30; ++stop) {
      SCOPED_TRACE(target + " epochs of " + std::to_string(steps) + ", stopped after " + std::to_string(stop));
      const testing_support::TempDir folder;
      stopped = train_on(data, target, steps, folder.file("backup"), stop, every).stopped;
      const auto resumed = train_on(data, target, steps, folder.file("backup"), 0, every);
      EXPECT_EQ(whole.history.to_json(), resumed.history.to_json());
      for (std::size_t i = 0; i < whole.weights.size(); ++i) {
        const auto a = whole.weights[i].data<float>(), b = resumed.weights[i].data<float>();
        ASSERT_TRUE(std::equal(a.begin(), a.end(), b.begin(), b.end())) << i;
      }
    }
  }
}

TEST(ResumedData, DrawOnInTheirLaterPasses) {
  const auto fetched = in_order().map(noisy).prefetch(2).repeat();
  expect_resumed(fetched, 5, 0);
  expect_resumed(fetched, 5, 2);
  expect_resumed(shuffled_batches().map(noisy).repeat(2).prefetch(1).map(noisy).repeat(), 5, 2);
  expect_resumed(shuffled_batches().repeat(2).map(noisy).repeat(), 7, 2);
}

TEST(ResumedData, ThatEndWithAnEpoch) {
  const auto known = in_order();
  const auto unknown = Dataset::from_generator([known] { return known.begin(); });
  for (const std::int64_t steps : {0, 7, 10}) {
    expect_resumed(known, steps, 0);
    expect_resumed(unknown, steps, 2);
  }
}

}  // namespace
}  // namespace hornbeam
