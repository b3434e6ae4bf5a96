// Layers that prepare data: what they learn and give is what Keras does (tools/record/record_preprocessing.py).
#include <gtest/gtest.h>

#include "hornbeam/hornbeam.hpp"
#include "hornbeam/ragged_tensor.hpp"
#include "hornbeam/saving.hpp"
#include "support/files.h"
#include "support/temp_dir.h"
#include "support/test_data.h"

using namespace hornbeam;
using namespace hornbeam::testing_support;

namespace {

const Config& preprocessing_cases() {
  static const auto all = Config::parse(read_file(test_data("keras") + "/preprocessing.json"));
  return all;
}

// As Python makes tensors of lists: floats are float32.
Tensor input_of(const Config& list) {
  const auto made = json_to_array(list);
  if (is_ragged(made)) {
    const RaggedTensor ragged(made);
    if (ragged.flat_values().dtype() != DType::float64) return made;
    return RaggedTensor::from_row_splits(ops::cast(ragged.flat_values(), DType::float32), ragged.row_splits());
  }
  return made.dtype() == DType::float64 ? ops::cast(made, DType::float32) : made;
}

Config text_of(const Tensor& t) { return array_to_json(t); }

// Of nested lists of equal structure.
void expect_near(const Config& got, const Config& want, const std::string& where) {
  if (want.is_list()) {
    ASSERT_TRUE(got.is_list() && got.size() == want.size())
        << where << ": " << got.dump() << " instead of " << want.dump();
    for (std::size_t i = 0; i < want.size(); ++i)
      expect_near(got.at(i), want.at(i), where + "[" + std::to_string(i) + "]");
  } else if (want.is_string()) {
    EXPECT_EQ(got, want) << where;
  } else {
    EXPECT_NEAR(got.as_double(), want.as_double(), 1e-6) << where;
  }
}

class Preprocessing : public testing::TestWithParam<std::size_t> {};

TEST_P(Preprocessing, LearnsAndGivesWhatKerasDoes) {
  const auto& c = preprocessing_cases().at(GetParam());
  const auto name = c.at("class_name").as_string();
  SCOPED_TRACE(name + " " + c.at("config").dump());
  auto config = c.at("config");
  config.set("name", "l");
  const auto layer = layers::deserialize(Config{{"class_name", name}, {"config", config}});
  auto* bins = dynamic_cast<DiscretizationLayer*>(layer.ptr().get());
  auto* lookup = dynamic_cast<IndexLookupLayer*>(layer.ptr().get());
  auto* text = dynamic_cast<TextVectorizationLayer*>(layer.ptr().get());
  if (!c.at("adapt").is_null()) {
    const auto data = input_of(c.at("adapt"));
    if (bins) bins->adapt(data);
    if (lookup) lookup->adapt(data);
    if (text) text->adapt(data);
  }
  std::vector<Tensor> inputs;
  for (const auto& input : c.at("inputs").as_list()) inputs.push_back(input_of(input));
  const auto y = layer(inputs.size() > 1 ? Values(inputs) : Values(inputs[0])).tensor();
  EXPECT_EQ(name_of(y.dtype()), c.at("dtype").as_string());
  expect_near(text_of(y), c.at("output"), "output");
  if (bins) expect_near(field_to_config(bins->bin_boundaries()), c.at("boundaries"), "boundaries");
  if (text) lookup = text->lookup().get();
  if (!lookup) return;
  EXPECT_EQ(lookup->get_vocabulary(), c.at("vocabulary"));
  if (c.has("idf")) expect_near(text_of(lookup->idf_weights()), c.at("idf"), "idf");
}

INSTANTIATE_TEST_SUITE_P(Recorded, Preprocessing, testing::Range(std::size_t{0}, preprocessing_cases().size()));

TEST(PreprocessingModel, StringsPassThroughModelsAndFiles) {
  const auto in = Input({1}, {.name = "text", .dtype = "string"});
  const TextVectorization vectorize({.output_sequence_length = 4});
  vectorize->adapt(Tensor::from<std::string>({3}, {"a b c", "b c", "c"}));
  const auto model = std::make_shared<FunctionalModel>(in, vectorize(in));
  const auto x = Tensor::from<std::string>({2, 1}, {"c a zz", "b"});
  const auto y = model->predict(x).tensor();
  const std::vector<std::int64_t> want{2, 4, 1, 0, 3, 0, 0, 0};
  EXPECT_TRUE(std::ranges::equal(y.data<std::int64_t>(), want));

  const TempDir dir;
  for (const auto* file : {"m.keras", "folder"}) {
    model->save(dir.file(file));
    const auto again = models::load_model(dir.file(file));
    EXPECT_TRUE(std::ranges::equal(again->predict(x).tensor().data<std::int64_t>(), want)) << file;
  }
  // Which learned words are lost in, as in Keras.
  EXPECT_THROW(model->save(dir.file("m.h5")), NotImplementedError);
}

}  // namespace
