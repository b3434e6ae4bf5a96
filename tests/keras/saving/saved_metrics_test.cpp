// Metrics that layers add in call, of SavedModels whose classes are not here.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hornbeam/hornbeam.hpp"
#include "hornbeam/saved_model.hpp"
#include "support/temp_dir.h"

namespace hornbeam {
namespace {

using ::testing::Contains;
using ::testing::Key;
using testing_support::TempDir;

Tensor uniform(const Shape& shape, std::int64_t seed) {
  utils::set_random_seed(seed);
  return ops::random_normal(shape);
}

// Adds a mean, and a metric of its own choice.
class Noting final : public Layer {
 public:
  explicit Noting(const LayerOptions& options = {}) : Layer(options) {}
  Values call(const Values& x, CallContext& context) override {
    const Tensor y = Tensor(x) * 2.0;
    context.add_metric(ops::abs(y), "noted");
    context.add_metric(total_, ops::square(y));
    return y;
  }
  std::string class_name() const override { return "Noting"; }

 private:
  Metric total_ = metrics::Sum({.name = "total"});
};

ModelRef noting_model() {
  backend::clear_session();
  utils::set_random_seed(3);
  const auto x = Input({3});
  const auto model = ModelRef(Functional(x, Dense(2)(make<Noting>()(Dense(4)(x)))));
  model->compile({.optimizer = optimizers::SGD({.learning_rate = 0.01}), .loss = "mse"});
  return model;
}

void expect_same(const Logs& got, const Logs& wanted) {
  for (const auto* name : {"loss", "noted", "total"}) {
    EXPECT_NEAR(got.at(name), wanted.at(name), 2e-5 * std::abs(wanted.at(name))) << name;
  }
}

TEST(SavedMetrics, AreThereWithoutTheClass) {
  for (const std::string target : {"tf2.2", "tf2.15"}) {
    SCOPED_TRACE(target);
    const TempDir dir;
    const auto model = noting_model();
    model->save(dir.file("m"), {.save_format = "tf", .target = target});
    const auto revived = models::load_model(dir.file("m"));
    revived->save(dir.file("again"), {.save_format = "tf"});
    const auto again = models::load_model(dir.file("again"));
    const auto x = uniform({10, 3}, 1), y = uniform({10, 2}, 2);
    for (const auto& other : {revived, again}) {
      expect_same(other->evaluate(x, y, {.batch_size = 4, .verbose = 0}),
                  model->evaluate(x, y, {.batch_size = 4, .verbose = 0}));
    }
    // In 2.2 they would go on from the evaluation.
    for (const auto& each : {model, revived, again}) each->reset_metrics();
    const auto first = model->train_on_batch(x, y);
    expect_same(revived->train_on_batch(x, y), first);
    expect_same(again->train_on_batch(x, y), first);
    expect_same(revived->test_on_batch(x, y), model->test_on_batch(x, y));
  }
}

// As in Keras 2.15.1, whose state of a layer's metric is there after loading, and goes on without a reset.
TEST(SavedMetrics, GoOnFromTheirState) {
  const TempDir dir;
  const auto model = noting_model();
  const auto x = uniform({10, 3}, 1), y = uniform({10, 2}, 2);
  const auto first = model->train_on_batch(x, y);
  model->save(dir.file("m"), {.save_format = "tf", .target = "tf2.15"});
  const auto revived = models::load_model(dir.file("m"));
  const auto wanted = model->train_on_batch(x, y, {.reset_metrics = false}).at("total");
  EXPECT_GT(wanted, 1.5 * first.at("total"));
  EXPECT_NEAR(revived->train_on_batch(x, y, {.reset_metrics = false}).at("total"), wanted, 2e-5 * wanted);
}

// Where Keras looks for them, with their state.
TEST(SavedMetrics, StandInTheFileAsKerasHasThem) {
  const TempDir dir;
  noting_model()->save(dir.file("m"), {.save_format = "tf", .target = "tf2.15"});
  std::map<std::string, Shape> keys;
  for (const auto& [key, shape] : train::list_variables(dir.file("m") + "/variables/variables"))
    keys.emplace(key, shape);
  for (const std::string state : {"noted/total", "noted/count", "total/total"}) {
    EXPECT_THAT(keys, Contains(Key("layer-2/keras_api/layer_metrics/" + state + "/.ATTRIBUTES/VARIABLE_VALUE")));
  }
  int counts = 0;
  // A call brings them up to date, in inference too.
  const auto loaded = saved_model::load(dir.file("m"));
  (*loaded)(uniform({5, 3}, 4), {{"training", Config(false)}});
  for (const auto& [path, variable] : loaded->variables()) {
    if (path.starts_with("keras_api.metrics.") && path.ends_with(".count")) {
      EXPECT_EQ(Tensor(variable).item<float>(), 20.0F);
      ++counts;
    }
  }
  EXPECT_EQ(counts, 1);
}

}  // namespace
}  // namespace hornbeam
