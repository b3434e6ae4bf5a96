// Datasets: batches that are made when they are wanted.
#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <list>
#include <thread>

#include "hornbeam/hornbeam.hpp"

namespace hornbeam {
namespace {

Tensor counted(std::int64_t rows, std::int64_t columns, double phase = 0) {
  Tensor t = Tensor::empty(DType::float32, {rows, columns});
  auto values = t.mutable_data<float>();
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<float>(std::sin(0.7 * static_cast<double>(i) + phase));
  }
  return t;
}

ModelRef line_model() {
  const Sequential model({Input({3}), Dense(2, {.kernel_initializer = "ones"})});
  model->compile({.optimizer = "adam", .loss = "mse", .metrics = {"mae"}});
  return model;
}

Tensor rows(const Tensor& t, std::int64_t from, std::int64_t to) { return ops::getitem(t, {Slice{from, to}}); }

// What arrays in their order are cut into.
Dataset cut(const Tensor& x, const Tensor& y, std::int64_t size) {
  const auto all = x.shape()[0];
  return Dataset::from_sequence((all + size - 1) / size, [=](std::int64_t i) {
    return Batch{.x = rows(x, i * size, std::min(all, (i + 1) * size)),
                 .y = rows(y, i * size, std::min(all, (i + 1) * size))};
  });
}

void expect_same(const ModelRef& a, const ModelRef& b) {
  const auto x = a->get_weights(), y = b->get_weights();
  for (std::size_t i = 0; i < x.size(); ++i) {
    const auto p = x[i].data<float>(), q = y[i].data<float>();
    EXPECT_TRUE(std::equal(p.begin(), p.end(), q.begin(), q.end())) << i;
  }
}

TEST(Datasets, TrainAsTheArraysTheyAreCutFrom) {
  const auto x = counted(10, 3), y = counted(10, 2, 1);
  const auto by_arrays = line_model(), plain = line_model(), fetched = line_model(), listed = line_model();
  const auto history = by_arrays->fit(x, y,
                                      {.batch_size = 4,
                                       .epochs = 3,
                                       .verbose = 0,
                                       .validation_data = ValidationData{x, y, {}},
                                       .shuffle = false,
                                       .validation_batch_size = 4});
  const auto data = cut(x, y, 4);
  FitOptions o{.epochs = 3, .verbose = 0, .validation_dataset = data};
  EXPECT_EQ(plain->fit(data, o).to_json(), history.to_json());
  EXPECT_EQ(fetched->fit(data.prefetch(), o).to_json(), history.to_json());
  std::list<Batch> batches;
  for (auto next = data.begin(); auto batch = next();) batches.push_back(*batch);
  listed->fit(Dataset::from_range(batches), o);
  expect_same(by_arrays, plain);
  expect_same(by_arrays, fetched);
  expect_same(by_arrays, listed);
  const auto a = by_arrays->evaluate(x, y, {.batch_size = 4, .verbose = 0});
  const auto b = plain->evaluate(data, {.verbose = 0});
  EXPECT_EQ(a.names(), b.names());
  EXPECT_EQ(a.values(), b.values());
  const auto p = by_arrays->predict(x).tensor(), q = plain->predict(data).tensor();
  ASSERT_EQ(p.shape(), q.shape());
  EXPECT_TRUE(std::equal(p.data<float>().begin(), p.data<float>().end(), q.data<float>().begin()));
}

TEST(Datasets, StepsPerEpochGoOnInThePass) {
  const auto x = counted(12, 3), y = counted(12, 2, 1);
  const auto whole = line_model(), steps = line_model();
  whole->fit(cut(x, y, 4), {.epochs = 2, .verbose = 0});
  const auto history = steps->fit(cut(x, y, 4).repeat(), {.epochs = 3, .verbose = 0, .steps_per_epoch = 2});
  EXPECT_EQ(history.epoch.size(), 3U);
  expect_same(whole, steps);
  const auto short_one = line_model()->fit(cut(x, y, 4), {.epochs = 3, .verbose = 0, .steps_per_epoch = 2});
  EXPECT_EQ(short_one.epoch.size(), 2U);
  EXPECT_THAT(short_one.warnings, testing::ElementsAre(testing::HasSubstr("Your input ran out of data")));
}

TEST(Datasets, WhatASourceThrowsReachesTheCaller) {
  struct Mine {};
  const auto broken = Dataset::from_sequence(5, [](std::int64_t i) -> Batch {
    if (i == 2) throw Mine();
    return {.x = counted(4, 3), .y = counted(4, 2)};
  });
  EXPECT_THROW(line_model()->fit(broken, {.verbose = 0}), Mine);
  EXPECT_THROW(line_model()->fit(broken.prefetch(3), {.verbose = 0}), Mine);
}

TEST(Datasets, PrefetchMakesNoMoreThanItWasTold) {
  std::atomic<int> made{0};
  const auto data = Dataset::from_sequence(100, [&](std::int64_t) {
    ++made;
    return Batch{.x = counted(1, 3)};
  });
  {
    const auto next = data.prefetch(2).begin();
    (void)next();
    for (int i = 0; i < 200 && made < 4; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    EXPECT_LE(made, 4);  // one taken, two waiting, one that waits for room
  }
  const int then = made;
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_EQ(made, then);
}

TEST(Datasets, RepeatTakeMap) {
  const auto data = Dataset::from_sequence(3, [](std::int64_t i) { return Batch{.x = Tensor::scalar(i)}; });
  const auto list = [](const Dataset& of) {
    std::vector<std::int64_t> found;
    for (auto next = of.begin(); auto batch = next();) found.push_back(batch->x.tensor().item<std::int64_t>());
    return found;
  };
  using testing::ElementsAre;
  EXPECT_THAT(list(data.repeat(2)), ElementsAre(0, 1, 2, 0, 1, 2));
  EXPECT_THAT(list(data.repeat().take(4)), ElementsAre(0, 1, 2, 0));
  EXPECT_THAT(list(data.map([](const Batch& b) { return Batch{.x = b.x.tensor() * std::int64_t{2}}; })),
              ElementsAre(0, 2, 4));
  EXPECT_THAT(list(data.take(0).repeat()), ElementsAre());
  EXPECT_EQ(data.repeat(2).batches(), 6);
  EXPECT_EQ(data.repeat().batches(), std::nullopt);
  EXPECT_EQ(data.take(2).batches(), 2);
}

TEST(Datasets, CountsAsOfTensorFlowsDatasets) {
  const auto data = Dataset::from_sequence(5, [](std::int64_t i) { return Batch{.x = Tensor::scalar(i)}; });
  const auto length = [](const Dataset& of) {
    int n = 0;
    for (auto next = of.begin(); n < 12 && next();) ++n;
    return n;
  };
  EXPECT_EQ(length(data.repeat(-1)), 12);
  EXPECT_EQ(data.repeat(-1).batches(), std::nullopt);
  EXPECT_EQ(length(data.take(-1)), 5);
  EXPECT_EQ(data.take(-1).batches(), 5);
  EXPECT_EQ(length(data.repeat(0)), 0);
  EXPECT_EQ(data.repeat(0).batches(), 0);
  EXPECT_THROW((void)data.repeat(-2), ValueError);
  EXPECT_THROW((void)data.take(-2), ValueError);
  EXPECT_THROW((void)data.repeat(std::int64_t{1} << 62), ValueError);
  EXPECT_THROW((void)Dataset::from_sequence(-3, [](std::int64_t) { return Batch{}; }), ValueError);
}

TEST(Datasets, PrefetchedOnesDrawTheSameNumbersEachTime) {
  const auto train = [] {
    backend::clear_session();
    utils::set_random_seed(7);
    const Sequential model({Input({3}), Dense(8, {.activation = "relu"}), Dropout(0.5), Dense(2)});
    model->compile({.optimizer = "sgd", .loss = "mse"});
    const auto noisy = Dataset::from_sequence(30, [](std::int64_t i) {
                         return Batch{.x = counted(4, 3, static_cast<double>(i)), .y = counted(4, 2)};
                       }).map([](const Batch& b) {
      return Batch{.x = b.x.tensor() + ops::random_normal({4, 3}), .y = b.y};
    });
    return model->fit(noisy.prefetch(3), {.epochs = 3, .verbose = 0}).to_json();
  };
  const auto first = train();
  for (int i = 0; i < 4; ++i) EXPECT_EQ(train(), first);
}

TEST(Datasets, BadOnesAreRefused) {
  const auto model = line_model();
  const auto before = model->get_weights()[0].data<float>()[0];
  const auto message = [&](const Dataset& data, const FitOptions& o) -> std::string {
    try {
      model->fit(data, o);
    } catch (const Error& error) {
      return error.report();
    }
    return "no error";
  };
  const auto data = cut(counted(4, 3), counted(4, 2), 4);
  EXPECT_EQ(
      message(data, {.verbose = 0, .validation_split = 0.5}),
      "ValueError: `validation_split` is only supported for Tensors or NumPy arrays, found following types in the "
      "input: Dataset");
  EXPECT_EQ(message(data, {.verbose = 0, .sample_weight = counted(4, 1)}),
            "ValueError: `sample_weight` argument is not supported when using dataset as input.");
  EXPECT_THAT(message(cut(counted(4, 3), counted(3, 2), 4), {.verbose = 0}),
              testing::HasSubstr("Data cardinality is ambiguous"));
  EXPECT_EQ(model->get_weights()[0].data<float>()[0], before);
}

}  // namespace
}  // namespace hornbeam
