// SavedModels whose classes are not here, by the functions that were saved (tools/record/record_saved_models.py).
#include <gmock/gmock.h>

#include "base/mapped_file.h"
#include "hornbeam/npy.hpp"
#include "hornbeam/ops.hpp"
#include "hornbeam/saved_model.hpp"
#include "hornbeam/saving.hpp"
#include "hornbeam/training.hpp"
#include "support/error_of.h"
#include "support/test_data.h"

namespace hornbeam {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing_support::error_of;

constexpr const char* kTensorFlows[] = {"tf-2.2.3", "tf-2.15.1"};

std::string saved_as(const std::string& name) { return test_data("formats") + "/saved_models/" + name; }
Config recorded(const std::string& tensorflow) {
  return Config::parse(base::read_file(saved_as(tensorflow + "-without-classes.json")));
}
Tensor to_floats(const Config& json) { return ops::cast(json_to_tensor(json), DType::float32); }

void expect_equal(const Tensor& got, const Config& wanted, const std::string& what) {
  const auto expected = to_floats(wanted);
  ASSERT_EQ(got.shape(), expected.shape()) << what;
  for (std::size_t i = 0; i < got.data<float>().size(); ++i) {
    EXPECT_NEAR(got.data<float>()[i], expected.data<float>()[i], 2e-6) << what << " " << i;
  }
}

TEST(Revived, PredictsAndTrainsByItsFunctions) {
  for (const std::string tensorflow : kTensorFlows) {
    LoadReport report;
    const auto model = models::load_model(saved_as(tensorflow + "-branches"), {.report = &report});
    const auto expected = recorded(tensorflow);
    const auto x = to_floats(expected.at("x"));
    EXPECT_EQ(model->class_name(), "Branches");
    EXPECT_EQ(model->name(), "branches");
    EXPECT_EQ(model->trainable_weights().size(), 4u);
    EXPECT_EQ(model->weights().size(), 6u);
    EXPECT_THAT(report.to_string(), HasSubstr(tensorflow == "tf-2.2.3" ? "the class Branches was saved without a config"
                                                                       : "the class Branches is not registered"));
    expect_equal(model->predict(x).tensor(), expected.at("y"), tensorflow);
    const auto before = model->get_weights();
    expect_equal(model(x, {.training = true}).tensor(), expected.at("trained"), tensorflow + " in training");
    EXPECT_NE(model->get_weights().at(4).data<float>()[0], before.at(4).data<float>()[0]) << "the moving mean";
    model->set_weights(before);  // as the recording did
    for (std::size_t i = 0; i < expected.at("batches").size(); ++i) {
      const auto& batch = expected.at("batches").at(i);
      const auto& after = expected.at("after").at(i);
      const auto logs = model->train_on_batch(to_floats(batch.at(std::size_t{0})), to_floats(batch.at(1)));
      EXPECT_NEAR(logs.at("loss"), after.at(std::size_t{0}).as_double(), 2e-6);
      const auto weights = model->get_weights();
      ASSERT_EQ(weights.size(), after.at(1).size());
      for (std::size_t w = 0; w < weights.size(); ++w) {
        expect_equal(weights[w], after.at(1).at(w), tensorflow + " weight " + std::to_string(w));
      }
    }
  }
}

TEST(SavedModelObject, SignaturesAndFunctions) {
  for (const std::string tensorflow : kTensorFlows) {
    const auto module = saved_model::load(saved_as(tensorflow + "-module"));
    const auto expected = recorded(tensorflow).at("module");
    const auto x = to_floats(expected.at("x"));
    EXPECT_EQ(module->tensorflow_version(), tensorflow.substr(3));
    EXPECT_THAT(module->signatures(), ElementsAre("power", "serving_default"));
    EXPECT_THAT(module->functions(), ElementsAre("__call__", "count", "power", "scaled"));
    expect_equal((*module)(x).tensor(), expected.at("call"), tensorflow);
    const auto power = module->run("power", {{"x", x}, {"k", Tensor::scalar(std::int32_t{3})}});
    expect_equal(power.at("power"), expected.at("power"), tensorflow);
    EXPECT_EQ(power.at("count").item<std::int32_t>(), 3);
    const auto again = module->call("power", {x, Values(Tensor::scalar(std::int32_t{3}))});
    expect_equal(again["power"].tensor(), expected.at("power"), tensorflow);
    if (tensorflow == "tf-2.2.3") continue;  // which saves no graph of a function that takes a text
    expect_equal(module->call("scaled", {x}).tensor(), expected.at("twice"), tensorflow);
    expect_equal(module->call("scaled", {x, Config("once")}, {{"flag", Config(true)}}).tensor(), expected.at("once"),
                 tensorflow);
  }
}

TEST(SavedModelObject, VariablesAreAssignedTo) {
  for (const std::string tensorflow : kTensorFlows) {
    const auto module = saved_model::load(saved_as(tensorflow + "-module"));
    const auto expected = recorded(tensorflow);
    for (const auto& count : expected.at("module").at("count").as_list()) {
      EXPECT_EQ(module->call("count", {}).tensor().item<std::int32_t>(), count.as_int());
    }
    for (const auto& [path, variable] : module->variables()) {
      if (path == "n") {
        EXPECT_EQ(variable->value().item<std::int32_t>(), 2);
      }
    }
    EXPECT_EQ(module->variables().size(), 2u);
  }
}

TEST(SavedModelObject, WrongCalls) {
  const auto module = saved_model::load(saved_as("tf-2.15.1-module"));
  const auto x = Tensor::zeros(DType::float32, {1, 2});
  EXPECT_THAT(error_of([&] {
                module->call("scaled", {x, Config("thrice")});
              }),
              HasSubstr("ValueError: Could not find matching concrete function to call loaded from the SavedModel."));
  EXPECT_THAT(error_of([&] { module->call("none", {x}); }), HasSubstr("has no attribute 'none'"));
  EXPECT_THAT(error_of([&] { module->run("none", {}); }), HasSubstr("KeyError: 'none'"));
  EXPECT_THAT(error_of([&] { module->run("power", {{"x", x}}); }), HasSubstr("takes the arguments ['k', 'x']"));
}

}  // namespace
}  // namespace hornbeam
