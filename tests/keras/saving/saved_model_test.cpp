// SavedModels that TensorFlow wrote (tools/record/record_saved_models.py), as whole models.
#include <gmock/gmock.h>

#include "base/mapped_file.h"
#include "hornbeam/npy.hpp"
#include "hornbeam/ops.hpp"
#include "hornbeam/saving.hpp"
#include "hornbeam/training.hpp"
#include "support/test_data.h"

namespace hornbeam {
namespace {

using ::testing::IsEmpty;

constexpr const char* kProducers[] = {"tf-2.2.3", "tf-2.15.1", "tf_keras-2.21.0"};

std::string saved(const std::string& producer) { return test_data("formats") + "/saved_models/" + producer; }
Config expected_of(const std::string& producer) { return Config::parse(base::read_file(saved(producer) + ".json")); }

Tensor floats(const Config& json) { return ops::cast(json_to_tensor(json), DType::float32); }

void expect_near(const Tensor& got, const Config& wanted, const std::string& what) {
  const auto expected = floats(wanted);
  ASSERT_EQ(got.shape(), expected.shape()) << what;
  for (std::size_t i = 0; i < got.data<float>().size(); ++i) {
    EXPECT_NEAR(got.data<float>()[i], expected.data<float>()[i], 1e-6) << what << " " << i;
  }
}

TEST(LoadSavedModel, OfItsOwnClassWithItsWeights) {
  for (const auto* producer : kProducers) {
    for (const bool map : {false, true}) {
      LoadReport report;
      const auto model = models::load_model(saved(producer), {.map = map, .report = &report});
      EXPECT_EQ(model->class_name(), "Sequential");
      EXPECT_EQ(model->name(), "sequential");
      const auto expected = expected_of(producer);
      expect_near(model->predict(floats(expected.at("x"))).tensor(), expected.at("y"), producer);
      EXPECT_EQ(report.format, "saved_model");
      EXPECT_FALSE(report.keras_version.empty());
      EXPECT_EQ(report.matched.size(), 4u + 5u);  // weights, and the optimizer's state
      EXPECT_THAT(report.mismatched, IsEmpty());
      EXPECT_THAT(report.notes, IsEmpty());
    }
  }
}

// Real load_model starts the optimizer anew; what is in the file is where it stood.
TEST(LoadSavedModel, TrainsOnAsTheModelThatWasSaved) {
  for (const auto* producer : kProducers) {
    const auto model = models::load_model(saved(producer));
    const auto expected = expected_of(producer);
    EXPECT_EQ(model->optimizer()->iterations()->value().item<std::int64_t>(), 1);
    for (std::size_t i = 0; i < expected.at("batches").size(); ++i) {
      const auto& batch = expected.at("batches").at(i);
      const auto& after = expected.at("after").at(i);
      const auto logs = model->train_on_batch(floats(batch.at(0u)), floats(batch.at(1u)));
      ASSERT_EQ(logs.values().size(), after.at(0u).size());
      EXPECT_NEAR(logs.values()[0], after.at(0u).at(0u).as_double(), 1e-6);
      EXPECT_NEAR(logs.values()[1], after.at(0u).at(1u).as_double(), 1e-6);
      const auto weights = model->get_weights();
      for (std::size_t w = 0; w < weights.size(); ++w) {
        expect_near(weights[w], after.at(1u).at(w), std::string(producer) + " weight " + std::to_string(w));
      }
    }
  }
}

TEST(LoadSavedModel, NotCompiledWhenNotAsked) {
  LoadReport report;
  const auto model = models::load_model(saved("tf-2.15.1"), {.compile = false, .report = &report});
  EXPECT_FALSE(model->is_compiled());
  EXPECT_THAT(report.unused, ::testing::ElementsAre("training_config"));
}

TEST(LoadSavedModel, IsForTheKerasThatWroteIt) {
  const auto model = models::load_model(saved("tf-2.2.3"));
  EXPECT_EQ(model->target(), "tf2.2");
  EXPECT_EQ(models::load_model(saved("tf-2.15.1"))->target(), "tf2.15");
}

}  // namespace
}  // namespace hornbeam
