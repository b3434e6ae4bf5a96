// Files with layers of cuDNN: read, run, saved again as what they are; weights converted to LSTM and GRU and back, as
// tf.keras 2.2.3 converts them (data/cudnn).
#include <gmock/gmock.h>

#include "hornbeam/hornbeam.hpp"
#include "hornbeam/serialization.hpp"
#include "keras/recorded.h"
#include "support/temp_dir.h"
#include "support/test_data.h"

using namespace hornbeam;
using namespace hornbeam::testing_support;

namespace {

std::string path_of(const std::string& file) { return test_data("keras") + "/cudnn/" + file; }

class CuDNN : public testing::TestWithParam<const char*> {
 protected:
  CuDNN() {
    backend::clear_session();
    for (const auto& [key, value] : load_npz(path_of("expected.npz"))) arrays[key] = value;
  }
  std::string file(const char* suffix) const { return path_of(GetParam() + std::string(suffix)); }
  std::vector<Tensor> recorded(char list) const {
    std::vector<Tensor> all;
    const auto key = [&] { return std::string(GetParam()) + "/" + list + std::to_string(all.size()); };
    while (arrays.contains(key())) all.push_back(arrays.at(key()));
    return all;
  }
  void expect_predicts(Model& model) const {
    const auto& x = arrays.at(std::string(GetParam()) == "time_distributed" ? "x4" : "x");
    expect_close(model.predict(x), arrays.at(GetParam() + std::string("/y")), 2e-6, 1e-7, GetParam());
  }
  std::map<std::string, Tensor> arrays;
};

void expect_equal(const std::vector<Tensor>& got, const std::vector<Tensor>& want) {
  ASSERT_EQ(got.size(), want.size());
  ASSERT_GT(want.size(), 0U);
  for (std::size_t i = 0; i < got.size(); ++i) {
    ASSERT_EQ(got[i].shape(), want[i].shape()) << i;
    EXPECT_TRUE(std::ranges::equal(got[i].data<float>(), want[i].data<float>())) << i;
  }
}

// All classes of layers, however deep, in a text.
std::string classes_of(const Layer& layer) {
  std::string text = layer.class_name() + " ";
  for (const auto& inner : layer.sublayers()) text += classes_of(*inner);
  return text;
}

TEST_P(CuDNN, ModelsPredict) {
  const auto model = models::load_model(file(".h5"));
  EXPECT_THAT(classes_of(*model), testing::HasSubstr("CuDNN"));
  expect_predicts(*model);
}

TEST_P(CuDNN, WeightsBecomeThoseOfPlainLayers) {
  const auto model = models::model_from_json(read_file(file(".json")));
  LoadReport report;
  models::load_weights(*model, file(".h5"), {.report = &report});
  expect_equal(model->get_weights(), recorded('w'));
  EXPECT_THAT(report.converted, testing::Contains(testing::HasSubstr("from CuDNN")));
  expect_predicts(*model);
  const auto by_name = models::model_from_json(read_file(file(".json")));
  by_name->load_weights(file(".h5"), {.by_name = true});
  expect_equal(by_name->get_weights(), recorded('w'));
}

TEST_P(CuDNN, WeightsOfPlainLayersBecomeTheirs) {
  const auto model = models::load_model(file(".h5"));
  model->load_weights(file(".plain.h5"));
  expect_equal(model->get_weights(), recorded('c'));
  expect_predicts(*model);
}

TEST_P(CuDNN, AreSavedAsWhatTheyAre) {
  const TempDir dir;
  const auto model = models::load_model(file(".h5"));
  model->save(dir.file("again.h5"));
  const auto again = models::load_model(dir.file("again.h5"));
  EXPECT_EQ(classes_of(*again), classes_of(*model));
  EXPECT_EQ(again->to_json(), model->to_json());
  expect_equal(again->get_weights(), model->get_weights());
  EXPECT_THROW(model->save(dir.file("keras3.h5"), {.target = "keras3"}), ValueError);
  model->save(dir.file("tf215.h5"), {.target = "tf2.15"});
  expect_equal(models::load_model(dir.file("tf215.h5"))->get_weights(), model->get_weights());
}

// Each bias is trained for itself, as on a GPU.
TEST_P(CuDNN, Train) {
  const auto model = models::load_model(file(".h5"));
  const auto before = model->get_weights();
  const auto& x = arrays.at(std::string(GetParam()) == "time_distributed" ? "x4" : "x");
  const Tensor y = ops::zeros_like(model->predict(x));
  const auto first = model->train_on_batch(x, y).at("loss");
  for (int i = 0; i < 20; ++i) model->train_on_batch(x, y);
  EXPECT_LT(model->train_on_batch(x, y).at("loss"), first);
  const auto after = model->get_weights();
  for (std::size_t i = 0; i < after.size(); ++i) {
    EXPECT_FALSE(std::ranges::equal(after[i].data<float>(), before[i].data<float>())) << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Files, CuDNN,
                         testing::Values("lstm", "gru", "backwards", "bidirectional", "time_distributed", "nested",
                                         "states"),
                         [](const auto& test) { return std::string(test.param); });

LayerRef layer_of(const std::string& class_name, const std::string& config) {
  auto object = Config::dict();
  object.set("class_name", class_name);
  object.set("config", Config::parse(config));
  return layers::deserialize(object);
}

// A model of one recurrent layer "r".
Sequential with(const std::string& class_name, const std::string& config = R"({"name": "r", "units": 2})") {
  backend::clear_session();
  Sequential model{layer_of(class_name, config)};
  model->build({None, 4, 3});
  return model;
}
Sequential before() { return with("GRU", R"({"name": "r", "units": 2, "reset_after": false})"); }

TEST(CuDNNErrors, AreKerass) {
  const auto recorded = Config::parse(read_file(path_of("errors.json")), "errors.json");
  const TempDir dir;
  const auto expect = [&](const char* name, const Sequential& file, const Sequential& model) {
    file->save_weights(dir.file("w.h5"));
    try {
      model->load_weights(dir.file("w.h5"));
      FAIL() << name;
    } catch (const ValueError& e) {
      EXPECT_EQ(e.what(), recorded.at(name).at("message").as_string()) << name;
    }
  };
  expect("before from cudnn", with("CuDNNGRU"), before());
  expect("cudnn from before", before(), with("CuDNNGRU"));
  expect("after from before", before(), with("GRU"));
  expect("before from after", with("GRU"), before());
  expect("lstm from gru", with("GRU"), with("LSTM"));
  const auto layer = layer_of("CuDNNLSTM", R"({"units": 2})");
  try {
    layer(Masking()(Input({4, 3})));
    FAIL();
  } catch (const ValueError& e) {
    EXPECT_TRUE(std::string(e.what()).starts_with(recorded.at("masked").at("message").as_string())) << e.what();
  }
}

// Keras 2.2 wrote no time_major; the forget gate's second bias starts at 1.
TEST(CuDNNLayers, OfKeras2) {
  const auto model = with("CuDNNLSTM", R"({"name": "r", "units": 2, "unit_forget_bias": true, "go_backwards": false})");
  const auto weights = model->get_weights();
  ASSERT_EQ(weights.size(), 3U);
  EXPECT_EQ(weights[0].shape(), (Shape{3, 8}));
  EXPECT_EQ(weights[1].shape(), (Shape{2, 8}));
  const std::vector<float> bias{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0};
  EXPECT_TRUE(std::ranges::equal(weights[2].data<float>(), bias));
  EXPECT_EQ(model->weights()[0]->name(), "r/kernel:0");
  EXPECT_THROW(with("CuDNNGRU", R"({"name": "r", "units": 0})"), ValueError);
  EXPECT_THROW(with("CuDNNGRU", R"({"name": "r", "units": 2, "activation": "relu"})"), TypeError);
}

}  // namespace
