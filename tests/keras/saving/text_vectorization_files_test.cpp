// SavedModels of tf.keras 2.2's TextVectorization in the modes that count (tools/record/record_text_vectorization.py).
#include <gtest/gtest.h>

#include <set>

#include "hornbeam/hornbeam.hpp"
#include "hornbeam/saving.hpp"
#include "keras/recorded.h"
#include "support/files.h"
#include "support/temp_dir.h"
#include "support/test_data.h"

namespace hornbeam {
namespace {

using testing_support::expect_close;
using testing_support::TempDir;

std::string folder() { return test_data("keras") + "/text_vectorization"; }

const Config& recorded() {
  static const auto all = Config::parse(testing_support::read_file(folder() + "/tf-2.2.3.json"));
  return all;
}

Tensor texts() {
  std::vector<std::string> all;
  for (const auto& text : recorded().at("texts").as_list()) all.push_back(text.as_string());
  return Tensor::from<std::string>({static_cast<std::int64_t>(all.size()), 1}, all);
}

Tensor rows(const Config& table, DType dtype) {
  std::vector<double> values;
  for (const auto& row : table.as_list()) {
    for (const auto& value : row.as_list()) values.push_back(value.as_double());
  }
  const auto height = static_cast<std::int64_t>(table.size());
  const auto flat = Tensor::from<double>({height, static_cast<std::int64_t>(values.size()) / height}, values);
  return ops::cast(flat, dtype);
}

class TextVectorizationOf22 : public testing::TestWithParam<const char*> {
 protected:
  TextVectorizationOf22() { backend::clear_session(); }
  const Config& record() const { return recorded().at("models").at(GetParam()); }
  void expect_predicts(Model& model) const {
    const auto wanted = rows(record().at("y"), dtype_from_name(record().at("dtype").as_string()));
    expect_close(model.predict(texts()).tensor(), wanted, 1e-6, 0, GetParam());
  }
  // Later Kerases count in floats where 2.2 counts in integers.
  void expect_counts(Model& model) const {
    const auto wanted = rows(record().at("y"), DType::float32);
    expect_close(ops::cast(model.predict(texts()).tensor(), DType::float32), wanted, 1e-6, 0, GetParam());
  }
};

TEST_P(TextVectorizationOf22, LoadsFromSavedModels) {
  LoadReport report;
  const auto model = models::load_model(folder() + "/" + GetParam(), {.report = &report});
  expect_predicts(*model);
  EXPECT_TRUE(report.missing.empty() && report.mismatched.empty()) << report.to_string();
  const auto layer = std::dynamic_pointer_cast<TextVectorizationLayer>(model->layers().back());
  ASSERT_TRUE(layer);
  const auto words = layer->get_vocabulary(/*include_special_tokens=*/false);
  std::set<std::string> got, wanted;
  for (const auto& word : words.as_list()) got.insert(word.as_string());
  for (const auto& word : record().at("vocabulary").as_list()) wanted.insert(word.as_string());
  EXPECT_EQ(got, wanted);
}

// What is read is saved again, for the Kerases that keep the vocabulary.
TEST_P(TextVectorizationOf22, IsSavedForOthers) {
  const auto model = models::load_model(folder() + "/" + GetParam());
  const TempDir dir;
  for (const std::string target : {"tf2.2", "tf2.15"}) {
    SCOPED_TRACE(target);
    const auto path = dir.file("model_for_" + target);
    model->save(path, {.save_format = "tf", .target = target});
    const auto again = models::load_model(path);
    if (target == "tf2.2") {
      expect_predicts(*again);
    } else {
      expect_counts(*again);
    }
  }
  const auto archive = dir.file("model.keras");
  model->save(archive, {.target = "keras3"});
  expect_counts(*models::load_model(archive));
}

// 2.2 takes 7 words with max_tokens=8, others 6, for they count the token of padding: with 8 for these, Keras 3 says
// "Attempted to set a vocabulary larger than the maximum vocab size".
TEST(TextVectorizationFor22, CountsNoTokenOfPadding) {
  backend::clear_session();
  const auto layer_of = [](const Config& model) { return model.at("config").at("layers").at(1).at("config"); };
  const auto max_tokens_for = [&](const Model& model, const std::string& target) {
    return layer_of(Config::parse(model.to_json(target))).at("max_tokens");
  };
  const auto x = Input({1}, {.dtype = "string"});
  const ModelRef model(Functional(x, TextVectorization({.max_tokens = 9})(x)));
  EXPECT_EQ(max_tokens_for(*model, "tf2.2"), Config(8));
  EXPECT_EQ(max_tokens_for(*model, "tf2.15"), Config(9));
  const auto of_22 = models::model_from_json(model->to_json("tf2.2"));
  EXPECT_EQ(of_22->layers().at(1)->get_config().at("max_tokens"), Config(9));
  EXPECT_EQ(max_tokens_for(*of_22, "tf2.2"), Config(8));
  EXPECT_EQ(max_tokens_for(*of_22, "keras3"), Config(9));
}

// 2.15 looks for what it counted words with, and for tf_idf's weights, which a layer of Keras 3 does not have as such:
// "Found 1 Python objects that were not bound to checkpointed values".
TEST(LookupsOfKeras3, AreSavedWithWhatKeras2LooksFor) {
  backend::clear_session();
  const auto x = Input({1}, {.dtype = "string"});
  const ModelRef made(Functional(
      x, StringLookup({.max_tokens = 4, .output_mode = "tf_idf", .pad_to_max_tokens = true, .name = "l"})(x)));
  const auto model = models::model_from_json(made->to_json("keras3"));
  const auto layer = std::dynamic_pointer_cast<StringLookupLayer>(model->layers().at(1));
  layer->adapt(Tensor::from<std::string>({3, 1}, {"a", "b", "a"}));
  const TempDir dir;
  model->save(dir.file("m"), {.save_format = "tf", .target = "tf2.15"});
  const auto variables = train::load_checkpoint(dir.file("m") + "/variables/variables");
  std::string keys;
  for (const auto& [key, shape] : variables.get_variable_to_shape_map()) keys += key + " ";
  for (const std::string name : {"token_counts", "token_document_counts", "num_documents", "idf_weights"}) {
    EXPECT_NE(keys.find("/" + name + "/"), keys.npos) << name << " in " << keys;
  }
}

INSTANTIATE_TEST_SUITE_P(Recorded, TextVectorizationOf22,
                         testing::Values("tf_idf", "tf_idf_of_any_size", "count_of_any_size"),
                         [](const auto& test) { return std::string(test.param); });

}  // namespace
}  // namespace hornbeam
