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

INSTANTIATE_TEST_SUITE_P(Recorded, TextVectorizationOf22,
                         testing::Values("tf_idf", "tf_idf_of_any_size", "count_of_any_size"),
                         [](const auto& test) { return std::string(test.param); });

}  // namespace
}  // namespace hornbeam
