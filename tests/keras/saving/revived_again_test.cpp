// Models whose classes are their user's, saved as SavedModels and loaded without the classes: what real Keras finds in
// what is saved of these again (tests/reverse opens them).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hornbeam/hornbeam.hpp"
#include "hornbeam/saved_model.hpp"
#include "support/temp_dir.h"
#include "support/test_data.h"

namespace hornbeam {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing_support::TempDir;

Tensor ones(const Shape& shape) { return ops::ones(shape); }

class Penalised : public Layer {
 public:
  explicit Penalised(const LayerOptions& options = {}) : Layer(options) {}
  void build(const Shape& shape) override {
    scale_ = add_weight("scale", {shape.back()}, {.initializer = "ones", .regularizer = regularizers::L2(0.5)});
  }
  Values call(const Values& x, CallContext&) override { return Tensor(x) * scale_; }
  std::string class_name() const override { return "Penalised"; }

 private:
  Variable scale_;
};

class Words : public Model {
 public:
  explicit Words(const std::string& name) : Model(name) {}
  Values call(const Values& inputs, CallContext&) override {
    const auto words = ops::reduce_mean(embed(inputs["words"]).tensor(), {1});
    return top(penalised(ops::concat({words, inputs["more"].tensor()}, -1)));
  }
  const Ref<Penalised> penalised = track("penalised", make<Penalised>());
  HB_ATTR(embed, Embedding(10, 3));
  HB_ATTR(top, Dense(2, {.kernel_regularizer = "l2"}));
};

std::vector<std::string> classes_of(const std::vector<std::shared_ptr<Layer>>& layers) {
  std::vector<std::string> names;
  for (const auto& layer : layers) names.push_back(layer->class_name());
  std::sort(names.begin(), names.end());
  return names;
}

class RevivedAgain : public testing::TestWithParam<const char*> {
 protected:
  RevivedAgain() {
    backend::clear_session();
    utils::set_random_seed(1);
    model_ = make<Words>("words");
    y_ = (*model_)(x()).tensor();
  }
  static Values x() {
    const auto words = Tensor::from<std::int32_t>({2, 3}, std::vector<std::int32_t>{1, 2, 3, 4, 5, 6});
    return {{"words", words}, {"more", ones({2, 2})}};
  }
  static double loss(Model& model) {
    model.compile({.optimizer = optimizers::SGD({.learning_rate = 0.0}), .loss = "mse"});
    return model.train_on_batch(x(), ones({2, 2})).at("loss");
  }
  ModelRef saved_and_loaded(const Model& model, const std::string& name) {
    SaveReport report;
    model.save(dir_.file(name), {.save_format = "tf", .target = GetParam(), .report = &report});
    EXPECT_THAT(report.dropped, IsEmpty());
    return models::load_model(dir_.file(name));
  }

  TempDir dir_;
  ModelRef model_;
  Tensor y_;
};

TEST_P(RevivedAgain, KeepsLayersInputsAndLosses) {
  const auto expected = loss(*model_);
  auto model = model_;
  for (const std::string name : {"first", "second", "third"}) {
    SCOPED_TRACE(name);
    model = saved_and_loaded(*model, name);
    EXPECT_EQ(model->class_name(), "Words");
    EXPECT_THAT(classes_of(model->layers()), ElementsAre("Dense", "Embedding", "Penalised"));
    const auto got = (*model)(x()).tensor();
    for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(got.data<float>()[i], y_.data<float>()[i], 1e-6);
    EXPECT_NEAR(loss(*model), expected, 1e-6);  // each regularizer once
    const auto signature =
        saved_model::load(dir_.file(name))->run("serving_default", {{"words", x()["words"]}, {"more", x()["more"]}});
    EXPECT_EQ(signature.begin()->second.shape(), y_.shape());
  }
}

// A class that tells what it is made from is made, and built for what it was called with.
class ToldWords final : public Words {
 public:
  using Words::Words;
  std::string class_name() const override { return "ToldWords"; }
  Config get_config() const override { return Config{{"name", name()}}; }
};

TEST_P(RevivedAgain, ClassesWithAConfigAreBuiltForTheirInputs) {
  const auto told = make<ToldWords>("told");
  const auto expected = told(x()).tensor();
  told->save(dir_.file("m"), {.save_format = "tf", .target = GetParam()});
  const LayerFactory factory([](const Config& config) -> std::shared_ptr<Layer> {
    return std::make_shared<ToldWords>(config.at("name").as_string());
  });
  const auto model = models::load_model(dir_.file("m"), {.custom_objects = {{"ToldWords", factory}}});
  EXPECT_TRUE(dynamic_cast<const ToldWords*>(&*model));
  const auto got = (*model)(x()).tensor();
  for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(got.data<float>()[i], expected.data<float>()[i], 1e-6);
}

INSTANTIATE_TEST_SUITE_P(Targets, RevivedAgain, testing::Values("tf2.2", "tf2.15"));

// 2.2 says in the config's place that there is none.
TEST(Revived, AClassIsNotMadeFromNothing) {
  LoadReport report;
  const LayerFactory wrong([](const Config&) -> std::shared_ptr<Layer> { throw ValueError("made"); });
  const auto model = models::load_model(test_data("formats") + "/saved_models/tf-2.2.3-branches",
                                        {.custom_objects = {{"Branches", wrong}}, .report = &report});
  EXPECT_EQ(model->class_name(), "Branches");
  EXPECT_THAT(report.to_string(), HasSubstr("the class Branches was saved without a config"));
}

}  // namespace
}  // namespace hornbeam
