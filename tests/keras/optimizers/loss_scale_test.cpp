#include "hornbeam/optimizers/loss_scale.hpp"

#include "graph/executor.h"
#include "hornbeam/gradient_tape.hpp"
#include "hornbeam/hornbeam.hpp"
#include "keras/optimizers/picked_rows.h"

using namespace hornbeam;
using namespace hornbeam::testing_support;

namespace {

template <class F>
int for_each_of(const char* list, F&& f) {
  int rows = 0;
  for (const auto* producer : kProducers) {
    const TargetScope scope(target_of(producer));
    const Recorded recorded("loss_scale", producer);
    for (const auto& row : recorded.json.at(list).as_list()) {
      SCOPED_TRACE(std::string(producer) + " " + list + " " + std::to_string(rows) + " " +
                   row.at("generation").as_string());
      f(recorded, row);
      ++rows;
    }
  }
  return rows;
}

double number(const Variable& variable) { return ops::cast(variable->value(), DType::float64).item<double>(); }

void expect_scale(const Optimizer& optimizer, const Config& step) {
  const auto scaled = as_loss_scale(optimizer);
  ASSERT_TRUE(scaled);
  if (scaled->dynamic()) {
    EXPECT_EQ(number(scaled->loss_scale()), step.at("scale").as_double());
    EXPECT_EQ(number(scaled->dynamic_counter()), step.at("count").as_double());
  } else {
    EXPECT_TRUE(step.at("count").is_null());
  }
  EXPECT_EQ(number(optimizer->iterations()), step.at("iterations").as_double());
}

void step_as_recorded(const Recorded& r, const Optimizer& optimizer, const Config& step,
                      const std::vector<Variable>& variables) {
  const auto loss = optimizer->scale_loss(Tensor::scalar(1.5F));
  EXPECT_EQ(loss.item<float>(), static_cast<float>(step.at("scaled_loss").as_double()));
  optimizer->apply_gradients(optimizer->get_unscaled_gradients(arrays(r, step.at("gradients"))), variables);
  expect_scale(optimizer, step);
  expect_all_close(values_of(variables), arrays(r, step.at("variables")), "variable");
  // Legacy optimizers have no slots before the first step that is made.
  const auto state = arrays(r, step.at("state"));
  if (state.size() > 1 || optimizer->get_weights().size() == 1)
    expect_all_close(optimizer->get_weights(), state, "state");
}

class PolicyScope {
 public:
  explicit PolicyScope(const std::string& policy) { mixed_precision::set_global_policy(policy); }
  ~PolicyScope() { mixed_precision::set_global_policy(""); }
};

}  // namespace

TEST(LossScaleOptimizer, StepsOfEveryGeneration) {
  const auto rows = for_each_of("rows", [](const Recorded& r, const Config& row) {
    const auto optimizer = Optimizer::from_config(row.at("config_fresh"));
    EXPECT_EQ(optimizer->generation(), generation_named(row.at("generation").as_string()));
    const auto variables = variables_of(r, row);
    for (const auto& step : row.at("steps").as_list()) step_as_recorded(r, optimizer, step, variables);
    if (optimizer->generation() != OptimizerGeneration::keras3) return;
    const auto& names = row.at("names").as_list();
    const auto state = optimizer->variables();
    for (std::size_t i = 0; i < names.size(); ++i) EXPECT_EQ(state[i]->path(), names[i].as_string());
  });
  EXPECT_GE(rows, 30);
}

TEST(LossScaleOptimizer, ConfigsOfEveryGeneration) {
  for_each_of("rows", [](const Recorded& r, const Config& row) {
    const auto& fresh = row.at("config_fresh");
    const auto optimizer = Optimizer::from_config(fresh);
    const auto* h5 = row.find("config_h5");
    const auto said = optimizer->to_config();
    const auto& want = h5 ? *h5 : fresh;
    EXPECT_EQ(said.at("class_name"), want.at("class_name"));
    EXPECT_TRUE(said.at("config").equivalent(want.at("config"))) << said.dump() << "\n" << want.dump();
    if (r.producer != "keras-3.15.1") {
      EXPECT_EQ(said.dump(), want.dump());
    }
    if (h5) {
      EXPECT_EQ(Optimizer::from_config(*h5)->to_config(), said);
    }
  });
}

TEST(LossScaleOptimizer, RowsThatWerePicked) {
  const auto rows = for_each_of("sparse", [](const Recorded& r, const Config& row) {
    expect_picked_steps(r, Optimizer::from_config(row.at("config")), row);
  });
  EXPECT_GE(rows, 12);
}

TEST(LossScaleOptimizer, StateGoesOverToOtherGenerations) {
  using enum OptimizerGeneration;
  for (const auto generation : {legacy, modern, keras3}) {
    const auto v = one();
    const auto made = optimizers::LossScaleOptimizer(optimizers::Adam({.generation = legacy}),
                                                     {.initial_scale = 64.0, .dynamic_growth_steps = 2});
    for (int i = 0; i < 3; ++i) made->apply_gradients({Tensor::from<float>({1}, {1})}, {v});
    std::vector<std::string> notes;
    const auto other = made->converted(generation, &notes);
    const auto scaled = as_loss_scale(other);
    ASSERT_TRUE(scaled);
    EXPECT_EQ(notes.empty(), generation == legacy);
    EXPECT_EQ(number(scaled->loss_scale()), 128.0);
    EXPECT_EQ(number(scaled->dynamic_counter()), 1.0);
    EXPECT_EQ(number(other->iterations()), 3.0);
  }
  // Keras 3 has no scale that is fixed, but what divides each optimizer's gradients.
  const auto fixed =
      optimizers::LossScaleOptimizer(optimizers::SGD({.generation = legacy}), {.dynamic = false, .initial_scale = 8.0});
  const auto plain = fixed->converted(keras3);
  EXPECT_FALSE(as_loss_scale(plain));
  EXPECT_EQ(plain->options().loss_scale_factor, 8.0);
  const auto by_four = optimizers::LossScaleOptimizer(optimizers::SGD({.generation = legacy}), {.multiplier = 4.0});
  EXPECT_THROW(by_four->converted(keras3), ValueError);
}

TEST(LossScaleOptimizer, WrongCallsAreToldInKerassWords) {
  using optimizers::Adam;
  using optimizers::LossScaleOptimizer;
  const auto says = [](const char* producer, const char* what, auto&& call) {
    const TargetScope scope(target_of(producer));
    const auto want = Recorded("loss_scale", producer).json.at("errors").at(what).at("message").as_string();
    try {
      call();
      ADD_FAILURE() << what;
    } catch (const Error& error) {
      const std::string got = error.what();
      const auto same = want.substr(0, want.find_first_of("<D", 1));  // objects' addresses follow
      EXPECT_EQ(got.substr(0, same.size()), same);
    }
  };
  const auto step = [](const Optimizer& o) { o->apply_gradients({Tensor::from<float>({1}, {1})}, {one()}); };
  says("tf-2.2.3", "clipnorm", [&] { step(LossScaleOptimizer(Adam({.clipnorm = 1.0}))); });
  says("tf-2.2.3", "clipvalue", [&] { step(LossScaleOptimizer(Adam({.clipvalue = 1.0}))); });
  says("tf-2.2.3", "least", [&] { step(LossScaleOptimizer(Adam(), {.dynamic = false, .initial_scale = 0.5})); });
  says("tf-2.15.1", "scale", [&] { LossScaleOptimizer(Adam(), {.dynamic = false}); });
  says("tf-2.15.1", "growth",
       [&] { LossScaleOptimizer(Adam(), {.dynamic = false, .initial_scale = 3.0, .dynamic_growth_steps = 3}); });
  says("tf-2.15.1", "nested", [&] { LossScaleOptimizer(LossScaleOptimizer(Adam())); });
  says("keras-3.15.1", "dynamic", [&] { LossScaleOptimizer(Adam(), {.dynamic = false, .initial_scale = 3.0}); });
  EXPECT_THROW(LossScaleOptimizer(nullptr), ValueError);
}

TEST(LossScaleOptimizer, MinimizeScales) {
  for (const auto generation :
       {OptimizerGeneration::legacy, OptimizerGeneration::modern, OptimizerGeneration::keras3}) {
    const auto v = one();
    const auto sgd = optimizers::LossScaleOptimizer(optimizers::SGD({.learning_rate = 0.25, .generation = generation}),
                                                    {.initial_scale = 4.0});
    GradientTape tape;
    sgd->minimize(ops::reduce_sum(ops::square(Tensor(v))), {v}, tape);
    EXPECT_EQ(v->value().data<float>()[0], 0.5F);
  }
}

// Sums of 16 bits are made in another order than TensorFlow's.
TEST(MixedPrecision, TrainsAsEveryKeras) {
  const auto fits = for_each_of("fits", [](const Recorded& r, const Config& fit) {
    const auto policy = fit.at("policy").as_string();
    SCOPED_TRACE(policy + " " + fit.at("kind").as_string());
    const PolicyScope scope(policy);
    const auto model = models::model_from_json(fit.at("json").dump());
    model->set_weights(arrays(r, fit.at("weights")));
    model->compile({.optimizer = Optimizer::from_config(fit.at("inner")), .loss = "mse"});
    const auto& optimizer = model->optimizer();
    EXPECT_EQ(optimizer->class_name(), fit.at("optimizer_class").as_string());
    const double rtol = policy == "mixed_float16" ? 2e-3 : 2e-2;
    for (const auto& step : fit.at("steps").as_list()) {
      const auto logs =
          model->train_on_batch(r.arrays.at(step.at("x").as_string()), r.arrays.at(step.at("y").as_string()));
      const auto loss = step.at("loss").as_double();
      EXPECT_NEAR(logs.at("loss"), loss, rtol * std::abs(loss));
      if (step.has("scale")) expect_scale(optimizer, step);
      const auto want = arrays(r, step.at("weights"));
      const auto got = model->get_weights();
      ASSERT_EQ(got.size(), want.size());
      for (std::size_t i = 0; i < want.size(); ++i) expect_close(got[i], want[i], rtol, rtol, "weight");
    }
    EXPECT_EQ(optimizer->get_weights().size(), fit.at("state").size());
  });
  EXPECT_GE(fits, 24);
}

TEST(MixedPrecision, TheGlobalPolicyIsThatOfNewLayersAlone) {
  EXPECT_EQ(mixed_precision::global_policy(), "float32");
  EXPECT_THROW(mixed_precision::set_global_policy("mixed_float8"), ValueError);
  {
    const PolicyScope scope("mixed_bfloat16");
    EXPECT_EQ(mixed_precision::global_policy(), "mixed_bfloat16");
    EXPECT_EQ(Dense(2)->dtype_policy(), "mixed_bfloat16");
    EXPECT_EQ(Input({3}).dtype(), DType::float32);
    EXPECT_EQ(Dense(2, {.dtype = "float64"})->dtype_policy(), "float64");
  }
  EXPECT_EQ(Dense(2)->dtype_policy(), "float32");
}

TEST(MixedPrecision, ScalingByItselfCanBeTurnedOffInKeras3) {
  const PolicyScope policy("mixed_float16");
  for (const auto target : {Target::tf22, Target::tf215, Target::keras3}) {
    const TargetScope scope(target);
    const Sequential model({Dense(2)});
    model->compile({.optimizer = "sgd", .loss = "mse", .auto_scale_loss = false});
    EXPECT_EQ(as_loss_scale(model->optimizer()) != nullptr, target != Target::keras3);
  }
}
