#include "hornbeam/optimizers.hpp"

#include "graph/executor.h"
#include "hornbeam/gradient_tape.hpp"
#include "keras/optimizers/picked_rows.h"

using namespace hornbeam;
using namespace hornbeam::testing_support;

TEST(Optimizers, StepsOfEveryGeneration) {
  const auto rows = for_each_row([](const Recorded& r, const Config& row) {
    const auto optimizer = optimizer_of(row);
    EXPECT_EQ(optimizer->generation(), generation_named(row.at("generation").as_string()));
    const auto variables = variables_of(r, row);
    int n = 0;
    for (const auto& step : row.at("steps").as_list()) {
      optimizer->apply_gradients(arrays(r, step.at("gradients")), variables);
      const auto what = "step " + std::to_string(++n);
      expect_all_close(values_of(variables), arrays(r, step.at("variables")), what + " variable");
      expect_all_close(optimizer->get_weights(), arrays(r, step.at("state")), what + " state");
    }
    if (const auto* finalized = row.find("finalized")) {
      optimizer->finalize_variable_values();
      expect_all_close(values_of(variables), arrays(r, *finalized), "finalized");
    }
  });
  EXPECT_GE(rows, 390);
}

TEST(Optimizers, RowsThatWerePickedOfEveryGeneration) {
  int rows = 0;
  for_each_recorded([&](const Recorded& r) { rows += expect_picked_rows(r); });
  EXPECT_GE(rows, 58);
}

TEST(Optimizers, ResumeFromStateAndConfig) {
  for_each_row([](const Recorded& r, const Config& row) {
    const auto& steps = row.at("steps").as_list();
    auto config = row.at("config");
    if (row.at("generation").as_string() == "legacy") config.set("is_legacy_optimizer", true);
    auto resumed = row;
    resumed.set("config_fresh", config);
    const auto optimizer = optimizer_of(resumed);
    const auto variables = variables_of(r, row);
    const auto after = arrays(r, steps[1].at("variables"));
    for (std::size_t i = 0; i < after.size(); ++i) variables[i]->assign(after[i]);
    optimizer->build(variables);
    optimizer->set_weights(arrays(r, steps[1].at("state")));
    optimizer->apply_gradients(arrays(r, steps[2].at("gradients")), variables);
    expect_all_close(values_of(variables), arrays(r, steps[2].at("variables")), "variable");
    expect_all_close(optimizer->get_weights(), arrays(r, steps[2].at("state")), "state");
  });
}

TEST(Optimizers, AStepInsideATraceReadsTheRateWhenItRuns) {
  const auto v = one();
  const auto sgd = optimizers::SGD({.learning_rate = 0.5});
  const graph::Executable step(graph::trace("step", {}, [&](std::span<const Tensor>) {
    GradientTape tape;
    const auto loss = ops::reduce_sum(ops::square(Tensor(v)));
    sgd->apply_gradients(tape.gradient(loss, std::vector<Variable>{v}), {v});
    return std::vector<Tensor>{loss, ops::identity(Tensor(v))};
  }));
  auto results = step.run({});
  EXPECT_EQ(results[0].item<float>(), 1.0F);
  EXPECT_EQ(results[1].data<float>()[0], 0.0F);
  v->assign(Tensor::from<float>({1}, {2}));
  sgd->set_learning_rate(0.25);
  results = step.run({});
  EXPECT_EQ(results[1].data<float>()[0], 1.0F);
  EXPECT_EQ(sgd->iterations()->value().item<std::int64_t>(), 2);
}

TEST(Optimizers, MinimizeAndMissingGradients) {
  const auto v = one(3), w = one(4);
  const auto adam = optimizers::Adam({.learning_rate = 0.1});
  const std::vector<Variable> both{v, w};
  GradientTape tape;
  adam->minimize(ops::reduce_sum(ops::square(Tensor(v))), both, tape);
  EXPECT_NEAR(v->value().data<float>()[0], 2.9F, 1e-5);
  EXPECT_EQ(w->value().data<float>()[0], 4.0F);
  EXPECT_THROW(adam->apply_gradients({Tensor::zeros(DType::float32, {1})}, {one()}), ValueError);
}

// A float64 model of Keras 3 has a rate of float64, which legacy optimizers do not.
