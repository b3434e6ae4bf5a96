// Losses and metrics that were added, in files: what model.add_loss and add_metric added is left out of H5 files and
// said so; what layers add in call, and what a config holds as layers, stays.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "hornbeam/hornbeam.hpp"
#include "hornbeam/saving.hpp"
#include "support/files.h"
#include "support/temp_dir.h"

namespace hornbeam {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using testing_support::read_file;
using testing_support::TempDir;

ModelRef make_model() {
  backend::clear_session();
  utils::set_random_seed(1);
  const auto x = Input({4}, {.name = "x"});
  return ModelRef(Functional(x, Dense(2, {.name = "out"})(Dense(3, {.activation = "relu", .name = "hidden"})(x))));
}
ModelRef compiled(const ModelRef& model) {
  model->compile({.optimizer = "adam", .loss = "mse"});
  return model;
}
Tensor hidden(const ModelRef& model) { return model->get_layer("hidden")->output().tensor(); }

std::vector<std::string> layer_names(const Model& model) {
  std::vector<std::string> names;
  for (const auto& layer : model.layers()) names.push_back(layer->name());
  return names;
}

const auto kX = Tensor::from<float>({2, 4}, {1, 2, 3, 4, -1, 0, 1, 2});
const auto kY = Tensor::from<float>({2, 2}, {1, 0, 0, 1});

TEST(SaveAdded, WhatWasAddedToTheModelIsLeftOutAndSaid) {
  const TempDir dir;
  for (const std::string target : {"tf2.2", "tf2.15", "keras3"}) {
    SCOPED_TRACE(target);
    compiled(make_model())->save(dir.file("plain.h5"), {.target = target});
    const auto model = compiled(make_model());
    model->add_loss(ops::reduce_mean(ops::square(hidden(model))));
    model->add_metric(ops::reduce_sum(hidden(model)), "sum");
    model->add_loss([&] { return ops::reduce_sum(ops::square(model->get_layer("out")->weights()[1])); });
    SaveReport report;
    model->save(dir.file("added.h5"), {.target = target, .report = &report});
    EXPECT_THAT(report.dropped, ElementsAre(HasSubstr("add_loss of 'model' (1 function)"),
                                            HasSubstr("add_loss 'add_loss'"), HasSubstr("add_metric 'sum'")));
    EXPECT_EQ(read_file(dir.file("added.h5")), read_file(dir.file("plain.h5")));
    // The model has them still.
    EXPECT_THAT(model->evaluate(kX, kY, {.verbose = 0}).names(), ElementsAre("loss", "sum"));
  }
}

TEST(SaveAdded, WhatLayersAddInCallStays) {
  class Adding final : public Layer {
   public:
    explicit Adding(const LayerOptions& options = {}) : Layer(options) {}
    void build(const Shape& shape) override {
      scale_ = add_weight("scale", {shape.back()}, {.initializer = "ones"});
      add_loss([this] { return ops::reduce_sum(ops::square(scale_)); });
    }
    Values call(const Values& inputs, CallContext& context) override {
      context.add_loss(ops::reduce_mean(ops::square(inputs.tensor())));
      context.add_metric(inputs.tensor(), "seen");
      return inputs.tensor() * scale_;
    }

   private:
    Variable scale_;
  };
  const TempDir dir;
  const auto x = Input({4}, {.name = "x"});
  const ModelRef model = Functional(x, Dense(2)(make<Adding>()(x)));
  compiled(model);
  SaveReport report;
  model->save(dir.file("m.h5"), {.report = &report});
  EXPECT_THAT(report.dropped, IsEmpty());
  const CustomObjects objects{{"Adding", LayerFactory([](const Config& config) {
                                 return std::make_shared<Adding>(layer_options_from(config));
                               })}};
  const auto again = models::load_model(dir.file("m.h5"), {.custom_objects = objects});
  const auto logs = again->evaluate(kX, kY, {.verbose = 0});
  EXPECT_EQ(logs.values(), model->evaluate(kX, kY, {.verbose = 0}).values());
  EXPECT_THAT(logs.names(), ElementsAre("loss", "seen"));
}

// tf.keras writes them as layers; so does to_json, and what is read is written again.
TEST(SaveAdded, WhatAConfigHoldsIsKept) {
  const TempDir dir;
  for (const std::string target : {"tf2.2", "tf2.15"}) {
    SCOPED_TRACE(target);
    const auto model = make_model();
    model->add_loss(ops::reduce_mean(hidden(model)));  // of ops that both have layers for
    model->add_metric(ops::reduce_mean(hidden(model)), "mean");
    EXPECT_THAT(layer_names(*model), IsSupersetOf({"x", "hidden", "out", "add_loss", "add_metric"}));
    const auto json = model->to_json(target);
    LoadReport loaded;
    const auto read = compiled(models::model_from_json(json, {.report = &loaded}));
    EXPECT_THAT(loaded.notes,
                ElementsAre(HasSubstr("AddLoss 'add_loss': a loss"), HasSubstr("AddMetric 'add_metric'")));
    EXPECT_EQ(read->to_json(), json);
    SaveReport report;
    read->save(dir.file("m.h5"), {.report = &report});
    EXPECT_THAT(report.dropped, IsEmpty());
    const auto again = models::load_model(dir.file("m.h5"));
    EXPECT_EQ(again->to_json(), json);
    EXPECT_EQ(again->evaluate(kX, kY, {.verbose = 0}).values(), read->evaluate(kX, kY, {.verbose = 0}).values());
    EXPECT_THAT(again->evaluate(kX, kY, {.verbose = 0}).names(), ElementsAre("loss", "mean"));
    // Keras 3 has no such layers.
    read->save(dir.file("k3.h5"), {.target = "keras3", .report = &report});
    EXPECT_THAT(report.dropped, ElementsAre(HasSubstr("add_loss 'add_loss': added to the model, which Keras 3"),
                                            HasSubstr("add_metric")));
    EXPECT_THAT(layer_names(*models::load_model(dir.file("k3.h5"))), ElementsAre("x", "hidden", "out"));
  }
}

TEST(SaveAdded, WeightsThatOnlyAnAddedLossNeedsGoWithIt) {
  const TempDir dir;
  const auto model = make_model();
  model->add_loss(ops::reduce_mean(Dense(3, {.name = "aside"})(hidden(model)).tensor()));
  compiled(model);
  const auto before = model->get_layer("aside")->get_weights()[1];  // the bias: no relu keeps its gradient from it
  model->train_on_batch(kX, kY);
  const auto after = model->get_layer("aside")->get_weights()[1];
  EXPECT_FALSE(std::ranges::equal(before.data<float>(), after.data<float>()));
  SaveReport report;
  model->save(dir.file("m.h5"), {.report = &report});
  EXPECT_THAT(report.dropped, IsSupersetOf({HasSubstr("add_loss 'add_loss'"), HasSubstr("aside/kernel"),
                                            HasSubstr("aside/bias"), HasSubstr("optimizer_weights")}));
  LoadReport loaded;
  const auto again = models::load_model(dir.file("m.h5"), {.report = &loaded});
  EXPECT_THAT(layer_names(*again), ElementsAre("x", "hidden", "out"));
  EXPECT_THAT(loaded.unused, IsEmpty());
  EXPECT_THAT(loaded.missing, IsEmpty());
  // A weights file holds weights, all of them.
  model->save_weights(dir.file("w.h5"));
  model->load_weights(dir.file("w.h5"));
}

TEST(SaveAdded, FunctionsGivenToLayersOfKerassOwnAreSaid) {
  const TempDir dir;
  const auto model = make_model();
  const auto layer = model->get_layer("hidden");
  layer->add_loss([layer] { return ops::reduce_sum(ops::square(layer->weights()[0])); });
  SaveReport report;
  model->save(dir.file("m.h5"), {.report = &report});
  EXPECT_THAT(report.dropped, ElementsAre(HasSubstr("add_loss of 'hidden' (1 function)")));
}

}  // namespace
}  // namespace hornbeam
