// Whole models with ragged inputs, read from real Keras's files: what they predict, how they train, what is written.
#include "hornbeam/training.hpp"
#include "keras/ragged_records.h"
#include "support/temp_dir.h"

using namespace hornbeam;
using namespace hornbeam::testing_support;

namespace {

using testing::HasSubstr;

void expect_all_close(const std::vector<Result>& got, const std::vector<double>& want, const std::string& what) {
  ASSERT_EQ(got.size(), want.size()) << what;
  for (std::size_t i = 0; i < want.size(); ++i) EXPECT_NEAR(got[i], want[i], 1e-5 * (1 + std::abs(want[i]))) << what;
}

std::vector<double> numbers(const Config& list) {
  std::vector<double> values;
  for (const auto& v : list.as_list()) values.push_back(v.as_double());
  return values;
}

// Calls check(records, name, told, path of the file).
template <class Check>
void for_each_model(Check check) {
  for (const auto* producer : kRaggedProducers) {
    const RaggedRecords records(producer);
    for (const auto& [name, told] : records.json.at("models").as_dict()) {
      SCOPED_TRACE(std::string(producer) + " " + name);
      check(records, told, test_data("keras") + "/ragged/" + producer + "_" + name + ".h5");
    }
  }
}

TEST(RaggedModels, PredictAsKerasDoes) {
  for_each_model([](const RaggedRecords& records, const Config& told, const std::string& file) {
    const auto model = models::load_model(file);
    const auto x = records.values(told.at("inputs"));
    expect_outputs(model->predict(x, {.batch_size = 3}), records.list(told.at("predict").at("outputs")), "predict");
  });
}

TEST(RaggedModels, TrainAsKerasDoes) {
  for_each_model([](const RaggedRecords& records, const Config& told, const std::string& file) {
    const auto model = models::load_model(file);
    const auto x = records.values(told.at("inputs")), y = records.values(told.at("y"));
    if (!told.has("history")) {
      EXPECT_THROW(model->fit(x, y, {.verbose = 0}), Error);
      return;
    }
    expect_all_close(model->evaluate(x, y, {.batch_size = 2, .verbose = 0}).values(), numbers(told.at("evaluate")),
                     "evaluate");
    const auto history = model->fit(x, y, {.batch_size = 2, .epochs = 2, .verbose = 0, .shuffle = false});
    for (const auto& [key, values] : told.at("history").as_dict()) {
      expect_all_close(history.at(key), numbers(values), key);
    }
    const auto weights = model->get_weights();
    const auto& wanted = told.at("weights").as_list();
    ASSERT_EQ(weights.size(), wanted.size());
    for (std::size_t i = 0; i < weights.size(); ++i) {
      expect_close(weights[i], records.array(wanted[i]), 1e-4, 1e-5, "weight " + std::to_string(i));
    }
  });
}

TEST(RaggedModels, ConfigsSayRagged) {
  for_each_model([](const RaggedRecords& records, const Config& told, const std::string& file) {
    const auto model = models::load_model(file);
    const TempDir folder;
    model->save(folder.file("again.h5"));
    const auto again = models::load_model(folder.file("again.h5"));
    const auto x = records.values(told.at("inputs"));
    expect_outputs(again->predict(x, {.batch_size = 3}), records.list(told.at("predict").at("outputs")), "saved again");
    const auto copy = models::clone_model(*model);
    copy->set_weights(model->get_weights());
    expect_outputs(copy->predict(x, {.batch_size = 3}), records.list(told.at("predict").at("outputs")), "cloned");
    // 2.2's Sequential models forget their Input.
    if (told.at("config").dump().find("\"ragged\": true") == std::string::npos) return;
    for (const auto* target : {"tf2.2", "tf2.15", "keras3"}) {
      if (model->class_name() == "Sequential" && target == std::string("tf2.2")) continue;
      EXPECT_THAT(model->to_json(target), HasSubstr("\"ragged\": true")) << target;
    }
  });
}

// Keras looks at what it is given, not at what the input says.
TEST(RaggedModels, TakeArraysOfTheOtherKind) {
  const RaggedRecords records("tf-2.2.3");
  const auto& told = records.json.at("mistakes");
  const auto outputs = [&](const char* name) { return records.list(told.at(name).at("outputs")); };
  const auto floats = records.array(records.json.at("models").at("stack").at("inputs").at(0));
  const auto steps = Input({None, 2}, {.ragged = true}), dense = Input({None, 2});
  const Functional pooled(steps, GlobalAveragePooling1D()(steps)), plain(dense, GlobalAveragePooling1D()(dense));
  const auto array = Tensor::from<float>({2, 2, 2}, {0, 1, 2, 3, 4, 5, 6, 7});
  expect_outputs(pooled->predict(array), outputs("array for ragged"), "array");
  expect_outputs(plain->predict(floats), outputs("ragged for array"), "ragged");
  expect_outputs(pooled->predict(ops::cast(floats, DType::float64)), outputs("doubles"), "doubles");
  EXPECT_THROW(pooled->predict(Tensor::zeros(DType::float32, {2, 2, 3})), ValueError);
}

TEST(RaggedModels, WithoutAnOpenDimAnInputIsPlain) {
  EXPECT_EQ(Input({3}, {.ragged = true}).shape(), (Shape{None, 3}));
  const auto x = Input({3}, {.ragged = true});
  const Functional model(x, Dense(2)(x));
  EXPECT_EQ(model->predict(Tensor::zeros(DType::float32, {4, 3})).tensor().shape(), (Shape{4, 2}));
}

TEST(RaggedModels, ShufflingKeepsRowsWithTheirLabels) {
  const auto x = Input({None, 1}, {.ragged = true});
  const Functional model(x, GlobalAveragePooling1D()(x));
  model->compile({.optimizer = "sgd", .loss = "mse"});
  std::vector<float> values, means;
  std::vector<std::int64_t> lengths;
  for (int row = 0; row < 7; ++row) {
    for (int i = 0; i <= row; ++i) values.push_back(static_cast<float>(row));
    lengths.push_back(row + 1);
    means.push_back(static_cast<float>(row));
  }
  const auto ragged =
      RaggedTensor::from_row_lengths(Tensor::from<float>({static_cast<std::int64_t>(values.size()), 1}, values),
                                     Tensor::from<std::int64_t>({7}, lengths));
  const auto history =
      model->fit(ragged, Tensor::from<float>({7, 1}, means), {.batch_size = 3, .epochs = 3, .verbose = 0});
  for (const auto& loss : history.at("loss")) EXPECT_LT(loss, 1e-10);
}

}  // namespace
