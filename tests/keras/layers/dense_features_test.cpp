// DenseFeatures against what real tf.keras made of the same columns: tests/keras/data/features.
#include <gtest/gtest.h>

#include "keras/layers/recorded_row.h"
#include "keras/serialization/dialect_write.h"

using namespace hornbeam;
using namespace hornbeam::testing_support;

namespace {

Config recorded_features(const std::string& producer) {
  const auto path = test_data("keras") + "/features/" + producer + ".json";
  return Config::parse(read_file(path), path);
}

// Of rows of numbers or words.
Tensor matrix(const Config& rows, DType dtype) {
  const auto height = static_cast<std::int64_t>(rows.size());
  const auto width = static_cast<std::int64_t>(rows.at(std::size_t{0}).size());
  std::vector<std::string> words;
  std::vector<double> numbers;
  for (const auto& row : rows.as_list()) {
    for (const auto& item : row.as_list()) {
      if (dtype == DType::string) {
        words.push_back(item.as_string());
      } else {
        numbers.push_back(item.as_double());
      }
    }
  }
  if (dtype == DType::string) return Tensor::from<std::string>({height, width}, words);
  return ops::cast(Tensor::from<double>({height, width}, numbers), dtype);
}

std::vector<Tensor> matrices(const Config& list) {
  std::vector<Tensor> all;
  for (const auto& item : list.as_list()) all.push_back(matrix(item, DType::float32));
  return all;
}

Values features_of(const Config& row) {
  Values::Dict dict;
  for (const auto& [key, input] : row.at("inputs").as_dict()) {
    dict.emplace(key, matrix(input.at("values"), dtype_from_name(input.at("dtype").as_string())));
  }
  return Values(dict);
}

class RecordedFeatures : public testing::TestWithParam<const char*> {
 protected:
  bool old() const { return std::string(GetParam()) == "tf-2.2.3"; }
  void SetUp() override {
    const auto recorded = recorded_features(GetParam());
    rows_ = recorded.at("rows");
    ASSERT_EQ(rows_.size(), 15U);
  }
  // check(row, layer, inputs, what) for each.
  template <class Check>
  void each(const Check& check) const {
    for (const auto& row : rows_.as_list()) {
      const auto what = row.at("layer").at("config").at("feature_columns").dump();
      SCOPED_TRACE(what);
      backend::clear_session();
      check(row, layers::deserialize(row.at("layer")), features_of(row), what);
      if (HasFatalFailure()) return;
    }
  }
  Config rows_;
  const TargetScope target_{old() ? Target::tf22 : Target::tf215};
};

TEST_P(RecordedFeatures, OutputsNamesAndGradients) {
  each([](const Config& row, const LayerRef& layer, const Values& inputs, const std::string& what) {
    layer(inputs);
    ASSERT_EQ(layer->weights().size(), row.at("names").size());
    for (std::size_t i = 0; i < row.at("names").size(); ++i) {
      EXPECT_EQ(layer->weights()[i]->name(), row.at("names").at(i).as_string());
    }
    layer->set_weights(matrices(row.at("weights")));
    GradientTape tape({.persistent = true});
    for (const auto& [key, input] : inputs.dict()) {
      if (is_floating(input.tensor().dtype())) tape.watch(input.tensor());
    }
    const auto y = layer(inputs).tensor();
    tape.stop();
    expect_close(y, matrix(row.at("outputs"), DType::float32), kRtol, kAtol, what);
    GradientOptions options;
    options.output_gradients = {waves(y)};
    const auto want = matrices(row.at("gradients"));
    const auto got = tape.gradient({y}, layer->trainable_weights(), options);
    ASSERT_EQ(got.size(), want.size());
    for (std::size_t i = 0; i < got.size(); ++i) expect_close(got[i], want[i], kRtol, kAtol, "gradient of " + what);
    std::size_t i = 0;
    for (const auto& [key, input] : inputs.dict()) {
      const auto& of_input = row.at("input_gradients").at(i++);
      const auto gradient = tape.gradient(y, input.tensor(), options);
      ASSERT_EQ(gradient.defined(), !of_input.is_null()) << key << " of " << what;
      if (gradient.defined())
        expect_close(gradient, matrix(of_input, DType::float32), kRtol, kAtol, key + " of " + what);
    }
  });
}

TEST_P(RecordedFeatures, InModels) {
  each([](const Config& row, const LayerRef& layer, const Values& inputs, const std::string& what) {
    Values::Dict symbolic;
    for (const auto& [key, input] : inputs.dict()) {
      const auto& t = input.tensor();
      symbolic.emplace(key, Input({t.shape()[1]}, {.name = key, .dtype = std::string(name_of(t.dtype()))}));
    }
    const auto model = Functional(Values(symbolic), layer(Values(symbolic)));
    layer->set_weights(matrices(row.at("weights")));
    const auto y = model->predict_on_batch(inputs).tensor();
    expect_close(y, matrix(row.at("outputs"), DType::float32), kRtol, kAtol, what);
  });
}

TEST_P(RecordedFeatures, Configs) {
  for (const auto& row : rows_.as_list()) {
    const auto layer = layers::deserialize(row.at("layer"));
    const auto written = to_dialect(*layer, dialect_for(old() ? "tf2.2" : "tf2.15", old() ? "2.3.0-tf" : "2.15.0"));
    EXPECT_EQ(written.at("config").dump(), row.at("layer").at("config").dump());
  }
}

INSTANTIATE_TEST_SUITE_P(Keras, RecordedFeatures, testing::Values("tf-2.2.3", "tf-2.15.1"));

// As tf.keras 2.15 has it for these columns.
TEST(DenseFeatures, ArchivesSayTheShapesByKey) {
  using namespace feature_column;
  backend::clear_session();
  const auto layer = DenseFeatures({numeric_column("n", {2}), numeric_column("m.a")});
  const auto features = Values{{"n", Input({2}, {.name = "n"})}, {"m.a", Input({1}, {.name = "m.a"})}};
  const auto model = Functional(features, layer(features));
  const auto written = to_dialect(*layer, dialect_for("tf2.15", "2.15.0"));
  EXPECT_EQ(written.at("build_config").dump(),
            Config::parse(R"({"input_shape": {"m.a": [null, 1], "n": [null, 2]}})", "shapes").dump());
}

// The keys of checkpoints are the same in tf.keras 2.2 and 2.15: tools/record/record_feature_columns.py prints them.
TEST(DenseFeatures, EdgesAreNamedAfterColumns) {
  using namespace feature_column;
  for (const auto target : {Target::tf22, Target::tf215}) {
    const TargetScope scope(target);
    backend::clear_session();
    const auto words = Config::parse(R"(["x", "y"])", "words");
    const auto layer = DenseFeatures({embedding_column(categorical_column_with_vocabulary_list("e", words), 2),
                                      embedding_column(categorical_column_with_hash_bucket("em.a", 3), 2)});
    const auto text = Tensor::from<std::string>({1, 1}, {"x"});
    layer(Values{{"e", text}, {"em.a", text}});
    ASSERT_EQ(layer->weights().size(), 2U);
    EXPECT_EQ(layer->find_edge("e_embedding/embedding_weights"), layer->weights()[0]);
    EXPECT_EQ(layer->find_edge("em.a_embedding/embedding_weights"), layer->weights()[1]);
    EXPECT_EQ(layer->find_edge("embedding_weights"), nullptr);
  }
}

TEST(DenseFeatures, WrongColumnsAreRefused) {
  using namespace feature_column;
  const auto words = categorical_column_with_vocabulary_list("v", Config::parse(R"(["x", "y"])", "words"));
  EXPECT_THROW(DenseFeatures(std::vector<Config>{}), ValueError);
  EXPECT_THROW(DenseFeatures({words}), NotImplementedError);  // not a dense one
  EXPECT_THROW(DenseFeatures({numeric_column("a"), numeric_column("a")}), ValueError);
  EXPECT_THROW(DenseFeatures({numeric_column("a", {0})}), ValueError);
  EXPECT_THROW(DenseFeatures({bucketized_column(numeric_column("a"), {1.0, 0.0})}), ValueError);
  EXPECT_THROW(DenseFeatures({bucketized_column(words, {1.0})}), ValueError);
  EXPECT_THROW(DenseFeatures({embedding_column(words, 0)}), ValueError);
  EXPECT_THROW(DenseFeatures({embedding_column(words, 2, "most")}), ValueError);
  EXPECT_THROW(DenseFeatures({indicator_column(categorical_column_with_identity("i", 0))}), ValueError);
  EXPECT_THROW(DenseFeatures({indicator_column(categorical_column_with_hash_bucket("h", -1))}), ValueError);
  EXPECT_THROW(DenseFeatures({Config("a")}), ValueError);
  const auto layer = DenseFeatures({numeric_column("a")});
  EXPECT_THROW(layer(Tensor::from<float>({1, 1}, {1})), ValueError);  // no dict
  EXPECT_THROW(layer(Values{{"b", Tensor::from<float>({1, 1}, {1})}}), ValueError);
}

}  // namespace
