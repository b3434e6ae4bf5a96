// MultiOptimizer as Keras 3 recorded it: tests/keras/data/multi_optimizer.
#include "hornbeam/callbacks.hpp"
#include "hornbeam/hornbeam.hpp"
#include "keras/optimizers/recorded_optimizers.h"

using namespace hornbeam;
using namespace hornbeam::testing_support;
using optimizers::MultiOptimizer;
using optimizers::OptimizerMap;

namespace {

constexpr const char* kFolder = "multi_optimizer";

std::shared_ptr<MultiOptimizerObject> multi_in(const Optimizer& optimizer) {
  const auto scaled = as_loss_scale(optimizer);
  return as_multi(scaled ? scaled->inner_optimizer() : optimizer);
}

// An optimizer at two keys is two when it is read, as in Keras.
bool is_shared(const Config& row) { return row.at("name").as_string() == "one at two keys"; }
Optimizer made_or_read(const Config& row) {
  if (!is_shared(row)) return Optimizer::from_config(row.at("config_fresh"));
  const auto both = optimizers::Adam({.learning_rate = 0.05});
  return MultiOptimizer(OptimizerMap(optimizers::SGD({.learning_rate = 0.1}), {{"d/kernel", both}, {"d/deep", both}}));
}

std::vector<Tensor> gradients_of(const Recorded& r, const Config& keys) {
  std::vector<Tensor> all;
  for (const auto& key : keys.as_list()) all.push_back(key.is_null() ? Tensor() : r.arrays.at(key.as_string()));
  return all;
}

void expect_step(const Recorded& r, const Config& step, const Optimizer& optimizer,
                 const std::vector<Variable>& variables) {
  optimizer->apply_gradients(gradients_of(r, step.at("gradients")), variables);
  expect_all_close(values_of(variables), arrays(r, step.at("variables")), "variable");
  expect_all_close(optimizer->get_weights(), arrays(r, step.at("state")), "state");
  const auto multi = multi_in(optimizer);
  EXPECT_EQ(multi->iterations()->value().item<std::int64_t>(), step.at("iterations").as_int());
  auto each = Config::list();
  for (const auto& one : multi->optimizers()) each.push_back(one->iterations()->value().item<std::int64_t>());
  EXPECT_EQ(each.dump(), step.at("each").dump());
}

template <class F>
void for_each_multi_row(F&& f) {
  const TargetScope scope(Target::keras3);
  const Recorded recorded(kFolder, "keras-3.15.1");
  for (const auto& row : recorded.json.at("rows").as_list()) {
    SCOPED_TRACE(row.at("name").as_string());
    f(recorded, row);
  }
}

template <class F>
void expect_refused_as(const Config& want, F&& call) {
  try {
    call();
    ADD_FAILURE() << "nothing was thrown instead of " << want.dump();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), want.at("error").as_string());
    // Python's way to show objects is its own.
    auto words = want.at("message").as_string();
    words = words.substr(0, words.find_first_of("<{"));
    EXPECT_TRUE(std::string(error.what()).starts_with(words)) << error.what() << "\ninstead of " << words;
  }
}

std::vector<Optimizer> of_kernels, of_others;
Optimizer by_name(const Variable& variable) {
  return variable->path().ends_with("kernel") ? of_kernels.at(0) : of_others.at(0);
}

}  // namespace

TEST(MultiOptimizers, StepsAreKerass) {
  int rows = 0;
  for_each_multi_row([&](const Recorded& r, const Config& row) {
    const auto optimizer = made_or_read(row);
    const auto variables = variables_of(r, row);
    for (const auto& step : row.at("steps").as_list()) expect_step(r, step, optimizer, variables);
    const auto scaled = optimizer->scale_loss(Tensor::scalar(1.5F));
    EXPECT_EQ(scaled.item<float>(), row.at("scaled_loss").as_double());
    optimizer->finalize_variable_values();
    expect_all_close(values_of(variables), arrays(r, row.at("finalized")), "finalized");
    ++rows;
  });
  EXPECT_EQ(rows, 12);
}

TEST(MultiOptimizers, ConfigsAndNamesAreKerass) {
  for_each_multi_row([](const Recorded& r, const Config& row) {
    const auto optimizer = made_or_read(row);
    const auto config = [&] { return optimizer->to_config().at("config"); };
    EXPECT_EQ(config().dump(), row.at("config_fresh").at("config").dump());
    const auto variables = variables_of(r, row);
    for (const auto& step : row.at("steps").as_list()) {
      optimizer->apply_gradients(gradients_of(r, step.at("gradients")), variables);
    }
    EXPECT_EQ(config().dump(), row.at("config").at("config").dump());
    auto names = Config::list(), inner = Config::list();
    for (const auto& v : optimizer->variables()) names.push_back(v->path());
    for (const auto& one : multi_in(optimizer)->optimizers()) inner.push_back(one->name());
    EXPECT_EQ(names.dump(), row.at("names").dump());
    EXPECT_EQ(inner.dump(), row.at("optimizers").dump());
  });
}

// From config and state, and as a copy: the next step is the same.
TEST(MultiOptimizers, GoOnFromStateAndConfig) {
  for_each_multi_row([](const Recorded& r, const Config& row) {
    if (is_shared(row)) return;
    const auto& steps = row.at("steps").as_list();
    for (const bool copied : {false, true}) {
      auto optimizer = Optimizer::from_config(row.at("config"));
      const auto variables = variables_of(r, row);
      const auto after = arrays(r, steps[1].at("variables"));
      for (std::size_t i = 0; i < after.size(); ++i) variables[i]->assign(after[i]);
      optimizer->build(variables);
      optimizer->set_weights(arrays(r, steps[1].at("state")));
      if (copied) optimizer = optimizer->converted(OptimizerGeneration::keras3);
      expect_step(r, steps[2], optimizer, variables);
    }
  });
}

TEST(MultiOptimizers, OneAtTwoKeysIsOne) {
  const auto adam = optimizers::Adam(), sgd = optimizers::SGD();
  const auto multi = as_multi(MultiOptimizer(OptimizerMap(sgd, {{"v", adam}, {"w", adam}})));
  EXPECT_EQ(multi->optimizers().size(), 2U);
  EXPECT_EQ(adam->generation(), OptimizerGeneration::keras3);
  const auto copy = as_multi(multi->converted(OptimizerGeneration::keras3));
  EXPECT_EQ(copy->optimizers().size(), 2U);
  EXPECT_NE(copy->optimizers()[0].ptr(), adam.ptr());
}

TEST(MultiOptimizers, DefaultNamesAreNumbered) {
  const auto named = optimizers::SGD({.name = "sgd"});
  const auto multi = as_multi(MultiOptimizer(OptimizerMap(
      optimizers::SGD(), {{"a", named}, {"b", optimizers::SGD()}, {"c", optimizers::SGD({.name = "sgd"})}})));
  std::string names;
  for (const auto& one : multi->optimizers()) names += one->name() + " ";
  EXPECT_EQ(names, "sgd sgd_1 sgd sgd_2 ");
}

TEST(MultiOptimizers, AFunctionGivesOptimizers) {
  of_kernels = {optimizers::SGD({.learning_rate = 0.5})};
  of_others = {optimizers::SGD({.learning_rate = 0.25})};
  const auto multi = as_multi(MultiOptimizer(HB_FUNCTION(by_name)));
  EXPECT_TRUE(multi->optimizers().empty());
  const auto kernel = std::make_shared<VariableNode>("d/kernel", Tensor::from<float>({1}, {1}), true), bias = one();
  multi->apply_gradients({ops::ones({1}), ops::ones({1})}, {kernel, bias});
  EXPECT_EQ(kernel->value().data<float>()[0], 0.5F);
  EXPECT_EQ(bias->value().data<float>()[0], 0.75F);
  EXPECT_EQ(multi->optimizer_of(bias).ptr(), of_others[0].ptr());
  EXPECT_THROW(multi->optimizer_of(one()), ValueError);
  const auto config = multi->get_config();
  EXPECT_EQ(config.at("optimizer_map").dump(),
            R"({"module": "builtins", "class_name": "function", "config": "by_name", "registered_name": "function"})");
  const Config object{{"class_name", "MultiOptimizer"}, {"config", config}};
  EXPECT_THROW(Optimizer::from_config(object), TypeError);
  const CustomObjectScope scope({{"by_name", HB_FUNCTION(by_name)}});
  const auto again = as_multi(Optimizer::from_config(object));
  again->build({kernel, bias});
  EXPECT_EQ(again->optimizers().size(), 2U);
}

TEST(MultiOptimizers, WrongCalls) {
  const TargetScope scope(Target::keras3);
  const Recorded recorded(kFolder, "keras-3.15.1");
  const auto& errors = recorded.json.at("errors");
  const auto sgd = [] { return optimizers::SGD(); };
  const auto setting = [&](const Optimizer& optimizer, OptimizerMap::Items items = {}) {
    OptimizerMap(sgd(), std::move(items)).set("a", optimizer);
  };
  const auto multi = [&] { return MultiOptimizer(OptimizerMap(sgd())); };
  expect_refused_as(errors.at("default"), [] { OptimizerMap(nullptr); });
  expect_refused_as(errors.at("set_none"), [&] { setting(nullptr); });
  expect_refused_as(errors.at("set_none"), [&] { OptimizerMap(sgd(), {{"a", nullptr}}); });
  expect_refused_as(errors.at("set_scaled"), [&] { setting(optimizers::LossScaleOptimizer(sgd())); });
  expect_refused_as(errors.at("set_multi"), [&] { setting(multi()); });
  expect_refused_as(errors.at("set_twice"), [&] { setting(sgd(), {{"a", sgd()}}); });
  expect_refused_as(errors.at("several"), [&] { (void)OptimizerMap(sgd(), {{"a.*", sgd()}, {".*b", sgd()}})["ab"]; });
  expect_refused_as(errors.at("erase"), [&] { OptimizerMap(sgd()).erase("a"); });
  expect_refused_as(errors.at("rate"), [&] { (void)multi()->learning_rate(); });
  expect_refused_as(errors.at("rate"), [&] { (void)multi()->current_learning_rate(); });
  expect_refused_as(errors.at("set_rate"), [&] { multi()->set_learning_rate(0.1); });
  expect_refused_as(errors.at("word"), [] { Optimizer("multioptimizer"); });
  expect_refused_as(errors.at("map_word"), [] { Optimizer("optimizermap"); });
  expect_refused_as(errors.at("map"), [&] {
    Optimizer::from_config({{"class_name", "OptimizerMap"}, {"config", OptimizerMap(sgd()).get_config()}});
  });
  for (const auto* key : {"learning_rate", "clipnorm"}) {
    auto config = multi()->get_config();
    config.set(key, 0.1);
    expect_refused_as(errors.at(std::string("own_") + (key[0] == 'l' ? "rate" : key)), [&] {
      Optimizer::from_config({{"class_name", "MultiOptimizer"}, {"config", config}});
    });
  }
  const auto selected = [](const Optimizer& optimizer) {
    MultiOptimizer(OptimizerSelector{"f", [&](const Variable&) { return optimizer; }})->build({one()});
  };
  expect_refused_as(errors.at("selected_none"), [&] { selected(nullptr); });
  expect_refused_as(errors.at("selected_scaled"), [&] { selected(optimizers::LossScaleOptimizer(sgd())); });
  expect_refused_as(errors.at("selected_multi"), [&] { selected(multi()); });
  EXPECT_THROW(MultiOptimizer(OptimizerSelector{}), ValueError);
  const auto v = std::make_shared<VariableNode>("v", Tensor::from<float>({1}, {1}), true);
  const auto w = std::make_shared<VariableNode>("w", Tensor::from<float>({1}, {1}), true);
  const auto applied = [&](const std::vector<Tensor>& gradients, const std::vector<Variable>& variables) {
    const auto made = MultiOptimizer(OptimizerMap(sgd(), {{"w", optimizers::Adam()}}));
    made->build({v, w});
    made->apply_gradients(gradients, variables);
  };
  const auto gradient = ops::ones({1});
  expect_refused_as(errors.at("too_few"), [&] { applied({gradient}, {v}); });
  expect_refused_as(errors.at("one_missing"), [&] { applied({gradient, Tensor()}, {v, w}); });
  EXPECT_THROW(applied({Tensor(), Tensor()}, {v, w}), ValueError);
  // What Python's re would take, or other Kerases say otherwise.
  EXPECT_THROW((void)OptimizerMap(sgd(), {{"(", sgd()}})["ab"], ValueError);
  EXPECT_THROW(MultiOptimizer(OptimizerMap(optimizers::SGD({.generation = OptimizerGeneration::legacy}))), ValueError);
  EXPECT_THROW(multi()->get_config(OptimizerGeneration::modern), ValueError);
  EXPECT_THROW(multi()->converted(OptimizerGeneration::legacy), ValueError);
}

TEST(MultiOptimizers, CallbacksChangeTheRateOfEach) {
  const TargetScope scope(Target::keras3);
  const Recorded r(kFolder, "keras-3.15.1");
  const auto& recorded = r.json.at("callbacks");
  const auto callback = [](const std::string& name) -> std::shared_ptr<Callback> {
    if (name == "scheduler") {
      return callbacks::LearningRateScheduler([](std::int64_t, double rate) { return rate * 0.5; });
    }
    return callbacks::ReduceLROnPlateau(
        {.monitor = "loss", .factor = 0.5, .patience = 1, .min_delta = 10.0, .min_lr = 0.03});
  };
  const auto model_with = [](const Optimizer& optimizer) {
    const auto x = Input({3}, {.name = "x"});
    ModelRef model(Functional(x, Dense(2, {.name = "o"})(Dense(4, {.activation = "tanh", .name = "h"})(x))));
    model->set_target("keras3");
    model->compile({.optimizer = optimizer, .loss = "mean_squared_error"});
    return model;
  };
  const auto x = r.arrays.at(recorded.at("x").as_string()), y = r.arrays.at(recorded.at("y").as_string());
  for (const std::string name : {"scheduler", "plateau"}) {
    SCOPED_TRACE(name);
    const auto& entry = recorded.at(name);
    const auto model = model_with(Optimizer::from_config(entry.at("optimizer")));
    model->set_weights(arrays(r, entry.at("begin")));
    const auto history = model->fit(x, y, {.epochs = 4, .verbose = 0, .callbacks = {callback(name)}});
    for (const auto& [key, values] : entry.at("history").as_dict()) {
      for (std::size_t i = 0; i < 4; ++i) {
        const auto want = values.as_list()[i].as_double();
        EXPECT_NEAR(history.at(key)[i], want, 2e-6 * (1 + want)) << key;
      }
    }
    EXPECT_EQ(history.history.size(), entry.at("history").size());
    const auto scaled = model_with(optimizers::LossScaleOptimizer(MultiOptimizer(OptimizerMap("sgd"))));
    expect_refused_as(entry.at("scaled"),
                      [&] { scaled->fit(x, y, {.epochs = 1, .verbose = 0, .callbacks = {callback(name)}}); });
  }
}
