// Lambda layers with a `mask` (tools/record/record_lambda_masks.py): what reaches the layer after them, and what is
// written again.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hornbeam/hornbeam.hpp"
#include "hornbeam/random.hpp"
#include "keras/recorded.h"
#include "support/files.h"
#include "support/temp_dir.h"
#include "support/test_data.h"

namespace hornbeam {
namespace {

using testing_support::expect_close;

// record_lambda_masks.py's functions.
Values times_two(const Values& x) { return x.tensor() * 2; }
Values summed(const Values& two) { return two[0].tensor() + two[1].tensor(); }
Tensor is_positive(const Tensor& x) {
  return ops::greater(ops::reduce_max(ops::slice(x, {0, 0, 0}, {-1, -1, 1}), {2}), 0.0);
}
Values positive(const Values& of) { return is_positive(of[0]); }
Values also_positive(const Values& of) { return ops::logical_and(of[1], is_positive(of[0])); }
Values of_the_second(const Values& of) { return ops::logical_and(of[1][1], is_positive(of[0][0])); }

CustomObjects functions_and_masks(const Config& record) {
  const std::map<std::string, LambdaFunction> all{{"twice", HB_FUNCTION(times_two)},
                                                  {"summed", HB_FUNCTION(summed)},
                                                  {"positive", HB_FUNCTION(positive)},
                                                  {"also_positive", HB_FUNCTION(also_positive)},
                                                  {"of_the_second", HB_FUNCTION(of_the_second)}};
  const auto& function = record.at("function").as_string();
  CustomObjects objects{{function, all.at(function)}, {"l", all.at(function)}};
  if (const auto& mask = record.at("mask"); mask.is_string()) {
    objects.emplace(mask.as_string(), all.at(mask.as_string()));
    objects.emplace("l/mask", all.at(mask.as_string()));
  }
  return objects;
}

Tensor tensor_of(const Config& json) { return ops::cast(json_to_tensor(json), DType::float32); }

void expect_predictions(Model& model, const Config& record, const std::string& what) {
  Values::List x;
  for (const auto& each : record.at("x").as_list()) x.emplace_back(tensor_of(each));
  const auto y = model.predict(x.size() == 1 ? x[0] : Values(x)).tensor();
  expect_close(y, tensor_of(record.at("y")), 1e-5, 1e-6, what);
}

TEST(LambdaMasks, ReachTheNextLayer) {
  for (const std::string producer : testing_support::kProducers) {
    const auto file = test_data("keras") + "/lambda_masks/" + producer + ".json";
    const auto records = Config::parse(testing_support::read_file(file), file);
    for (const auto& [name, record] : records.as_dict()) {
      SCOPED_TRACE(producer + " " + name);
      backend::clear_session();
      const CustomObjectScope scope(functions_and_masks(record));
      const auto json = record.at("json").as_string();
      const auto model = models::model_from_json(json);
      std::vector<Tensor> weights;
      for (const auto& value : record.at("weights").as_list()) weights.push_back(tensor_of(value));
      model->set_weights(weights);
      expect_predictions(*model, record, "from JSON");
      EXPECT_EQ(model->to_json(), json);
      const testing_support::TempDir dir;
      model->save(dir.file("m.h5"));
      expect_predictions(*models::load_model(dir.file("m.h5")), record, "H5");
    }
  }
}

TEST(LambdaMasks, AreGivenInCpp) {
  backend::clear_session();
  const auto x = Input({4, 3});
  const auto y = Lambda(HB_FUNCTION(times_two), {.mask = LambdaFunction(HB_FUNCTION(positive)), .name = "l"})(x);
  const ModelRef model = Functional(x, LSTM(2)(y));
  const auto given = ops::random_uniform({5, 4, 3}, {.minval = -1, .maxval = 1, .seed = 3});
  const auto wanted = model->predict(given).tensor();
  const ModelRef without = Functional(x, model->get_layer("lstm")(Values(Lambda(HB_FUNCTION(times_two))(x).tensor())));
  EXPECT_NE(without->predict(given).tensor().data<float>()[0], wanted.data<float>()[0]);
  for (const auto* target : {"tf2.2", "tf2.15", "keras3"}) {
    const testing_support::TempDir dir;
    model->save(dir.file("m.h5"), {.target = target});
    const auto read = models::load_model(dir.file("m.h5"), {.custom_objects = {{"times_two", HB_FUNCTION(times_two)},
                                                                               {"positive", HB_FUNCTION(positive)}}});
    expect_close(read->predict(given).tensor(), wanted, 1e-6, 1e-6, target);
  }
}

TEST(LambdaMasks, AreAskedForByName) {
  const auto file = test_data("keras") + "/lambda_masks/tf-2.15.1.json";
  const auto record = Config::parse(testing_support::read_file(file), file).at("made");
  try {
    models::model_from_json(record.at("json").as_string(), {.custom_objects = {{"l", HB_FUNCTION(times_two)}}});
    FAIL();
  } catch (const ValueError& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr("{\"l/mask\", HB_FUNCTION(f)}"));
  }
}

// Keras 3 asks the layer for the shape of its outputs; 2.x does not.
TEST(LambdaOutputShape, IsWrittenAndFillsIn) {
  backend::clear_session();
  const Lambda layer(HB_FUNCTION(times_two), {.output_shape = Shape({3}), .name = "l"});
  EXPECT_EQ(layer->get_config().at("output_shape").dump(), "[3]");
  const auto read = layers::deserialize(layers::serialize(layer), {{"times_two", HB_FUNCTION(times_two)}});
  EXPECT_EQ(read->get_config().at("output_shape").dump(), "[3]");
  const auto x = Input({None});
  EXPECT_EQ(layer(x).tensor().shape(), Shape({None, 3}));
}

}  // namespace
}  // namespace hornbeam
