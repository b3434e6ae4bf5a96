// Models with layers of categories that say sparse=True (tools/record/record_sparse.py): dense here, with what comes
// after them as in the Kerases.
#include <gtest/gtest.h>

#include "hornbeam/hornbeam.hpp"
#include "hornbeam/target.hpp"
#include "keras/recorded.h"
#include "support/files.h"
#include "support/test_data.h"

namespace hornbeam {
namespace {

using testing_support::expect_close;
using testing_support::read_file;

Tensor float_tensor(const Config& json) { return ops::cast(json_to_tensor(json), DType::float32); }

Tensor strings_or_numbers(const Config& json, const Tensor& input) {
  if (input.dtype() != DType::string) return ops::cast(json_to_tensor(json), input.dtype());
  std::vector<std::string> words;
  std::int64_t columns = 1;
  for (const auto& row : json.as_list()) {
    columns = static_cast<std::int64_t>(row.size());
    for (const auto& word : row.as_list()) words.push_back(word.as_string());
  }
  return Tensor::from(Shape({static_cast<std::int64_t>(json.size()), columns}), words);
}

struct SparseCase {
  std::string producer, name;
};

Config sparse_records(const std::string& producer) {
  const auto file = test_data("keras") + "/sparse/" + producer + ".json";
  return Config::parse(read_file(file), file);
}

std::vector<SparseCase> sparse_cases() {
  std::vector<SparseCase> cases;
  for (const std::string producer : {"tf-2.15.1", "keras-3.15.1"}) {
    const auto records = sparse_records(producer);
    for (const auto& [name, record] : records.as_dict()) {
      if (!record.has("error")) cases.push_back({producer, name});  // those Keras does not run itself
    }
  }
  return cases;
}

class SparseCategories : public testing::TestWithParam<SparseCase> {};

TEST_P(SparseCategories, PredictAndTrainAsKeras) {
  backend::clear_session();
  const auto record = sparse_records(GetParam().producer).at(GetParam().name);
  const auto json = record.at("json").as_string();
  const auto model = models::model_from_json(json);
  const auto written = Config::parse(model->to_json()), read = Config::parse(json);
  for (std::size_t i = 0; i < read.at("config").at("layers").size(); ++i) {
    EXPECT_EQ(written.at("config").at("layers").at(i).at("config"), read.at("config").at("layers").at(i).at("config"));
  }
  std::vector<Tensor> weights;
  for (const auto& value : record.at("weights").as_list()) weights.push_back(float_tensor(value));
  model->set_weights(weights);
  const auto x = strings_or_numbers(record.at("x"), model->inputs().flatten().at(0));
  const auto y = model->predict(x).tensor();
  expect_close(y, float_tensor(record.at("y")), 1e-6, 1e-6, "predictions");
  model->compile({.optimizer = optimizers::SGD({.learning_rate = 0.5}), .loss = "mse"});
  for (const auto& loss : record.at("losses").as_list()) {
    EXPECT_NEAR(model->train_on_batch(x, ops::ones_like(y)).at("loss"), loss.as_double(), 1e-5 * loss.as_double());
  }
  const auto after = model->get_weights();
  for (std::size_t i = 0; i < after.size(); ++i) {
    expect_close(after[i], float_tensor(record.at("after").at(i)), 1e-5, 1e-5, "weight " + std::to_string(i));
  }
}

INSTANTIATE_TEST_SUITE_P(Keras, SparseCategories, testing::ValuesIn(sparse_cases()), [](const auto& test) {
  auto name = test.param.producer + "_" + test.param.name;
  for (auto& c : name) c = std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
  return name;
});

}  // namespace
}  // namespace hornbeam
