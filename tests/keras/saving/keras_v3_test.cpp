// Files of Keras's v3 format, as TensorFlow 2.15 and Keras 3 wrote them (tools/record/record_keras_v3.py).
#include <gmock/gmock.h>

#include <fstream>

#include "hornbeam/hornbeam.hpp"
#include "keras/recorded.h"
#include "support/temp_dir.h"

namespace hornbeam {
namespace {

using testing::HasSubstr;
using testing_support::expect_close;
using testing_support::TempDir;

const std::vector<std::string> kWriters = {"tf-2.15.1", "keras-3.15.1"};

std::string data(const std::string& file) { return test_data("keras") + "/keras_v3/" + file; }
std::map<std::string, Tensor> arrays_of(const std::string& writer) {
  std::map<std::string, Tensor> arrays;
  for (auto& [name, value] : load_npz(data(writer + ".npz"))) arrays.emplace(name, value);
  return arrays;
}

template <class F>
std::string error_of(F f) {
  try {
    f();
  } catch (const Error& e) {
    return e.what();
  }
  return "no error";
}

class Mixed : public Model {
 public:
  Values call(const Values& inputs, CallContext&) override {
    auto x = inputs;
    for (const auto& block : blocks_) x = block(x);
    return zlast_(bn_(hidden_(x)));
  }

 private:
  const Dense zlast_ = track("zlast", Dense(2));
  const std::vector<Dense> blocks_ = track("blocks", std::vector<Dense>{Dense(4), Dense(4)});
  const Dense hidden_ = track("_hidden", Dense(4));
  const BatchNormalization bn_ = track("bn", BatchNormalization());
};

TEST(KerasV3, PredictsAndTrainsOn) {
  for (const auto& writer : kWriters) {
    for (const bool map : {false, true}) {
      backend::clear_session();
      auto arrays = arrays_of(writer);
      LoadReport report;
      const auto model = models::load_model(data(writer + ".keras"), {.map = map, .report = &report});
      EXPECT_EQ(report.format, "keras_v3");
      EXPECT_EQ(report.keras_version, writer.substr(writer.find('-') + 1).substr(0, 3) == "2.1" ? "2.15.0" : "3.15.1");
      EXPECT_TRUE(report.missing.empty() && report.unused.empty() && report.mismatched.empty()) << report.to_string();
      expect_close(model->predict(arrays["x"]).tensor(), arrays["predicted"], 1e-5, 1e-6, writer);
      const auto logs = model->train_on_batch(arrays["x"], arrays["y"]);
      EXPECT_NEAR(logs.at("loss"), static_cast<double>(arrays["loss"].item<float>()), 1e-5) << writer;
      const auto after = model->get_weights();
      for (std::size_t i = 0; i < after.size(); ++i) {
        auto number = std::to_string(i);
        number.insert(0, 3 - number.size(), '0');
        expect_close(after[i], arrays.at("after_" + number), 1e-4, 1e-5, writer + " " + number);
      }
    }
  }
}

TEST(KerasV3, LeavesOutWhatIsNotAskedFor) {
  LoadReport report;
  const auto model = models::load_model(data("keras-3.15.1.keras"), {.compile = false, .report = &report});
  EXPECT_FALSE(model->is_compiled());
  EXPECT_THAT(report.unused, testing::Contains("compile_config"));
  EXPECT_THAT(report.unused, testing::Contains("optimizer/vars/0"));
}

TEST(KerasV3, WeightsOfSubclassesLieWhereEachKerasPutsThem) {
  for (const auto& writer : kWriters) {
    auto arrays = arrays_of(writer);
    for (const std::string suffix : {".weights.h5", ".weights.json"}) {
      if (suffix == ".weights.json" && writer == "tf-2.15.1") continue;
      const auto mixed = make<Mixed>();
      mixed(arrays["mixed_x"]);
      LoadReport report;
      mixed->load_weights(data(writer + suffix), {.report = &report});
      EXPECT_EQ(report.format, "weights_v3_h5");
      EXPECT_EQ(report.matched.size(), 12u);
      EXPECT_TRUE(report.missing.empty() && report.unused.empty()) << report.to_string();
      expect_close(mixed(arrays["mixed_x"]).tensor(), arrays["mixed_predicted"], 1e-5, 1e-6, writer + suffix);
    }
  }
}

// An archive's weights go into a model made by hand; the model's optimizer gets its state.
TEST(KerasV3, WeightsOfArchives) {
  auto arrays = arrays_of("keras-3.15.1");
  const auto path = data("keras-3.15.1.keras");
  const auto whole = models::load_model(path);
  const auto model = models::clone_model(*whole);
  LoadReport report;
  model->load_weights(path, {.report = &report});
  expect_close(model->predict(arrays["x"]).tensor(), arrays["predicted"], 1e-5, 1e-6, "weights alone");
  EXPECT_THAT(report.unused, testing::Contains("optimizer/vars/0"));
}

ModelRef of_dense(std::int64_t units, bool bias, std::int64_t inputs = 2) {
  backend::clear_session();
  const auto x = Input({inputs});
  return Functional(x, Dense(units, {.use_bias = bias, .name = "d"})(x));
}

// In the words of TensorFlow 2.15 and of Keras 3; the model is as it was.
TEST(KerasV3, WeightsThatDoNotFit) {
  const auto path = test_data("") + "/archive/model.keras";  // Dense(3) of two inputs
  const auto load = [&](const ModelRef& model, const LoadWeightsOptions& options = {}) {
    const auto before = model->get_weights();
    const auto text = error_of([&] { model->load_weights(path, options); });
    for (std::size_t i = 0; i < before.size(); ++i) {
      expect_close(model->get_weights()[i], before[i], 0, 0, "unchanged");
    }
    return text;
  };
  EXPECT_THAT(load(of_dense(5, true)), HasSubstr("Cannot assign value to variable 'd/kernel:0': Shape mismatch. The "
                                                 "variable shape (2, 5), and the assigned value shape (2, 3) are "
                                                 "incompatible. (dataset '/layers/dense/vars/0')"));
  EXPECT_THAT(load(of_dense(3, false)), HasSubstr("Layer 'd' expected 1 variables, but received 2 variables during "
                                                  "loading. Expected: ['d/kernel:0']"));
  auto model = of_dense(3, false);
  model->set_target("keras3");
  EXPECT_THAT(load(model), HasSubstr("Layer 'd' expected 1 variables, but received 2 variables during loading. "
                                     "Expected: ['kernel']"));
  model = of_dense(5, true);
  model->set_target("keras3");
  EXPECT_THAT(load(model), HasSubstr("The shape of the target variable and the shape of the target value in "
                                     "`variable.assign(value)` must match. variable.shape=(2, 5), Received: "
                                     "value.shape=(2, 3)."));
  EXPECT_THAT(load(of_dense(3, true), {.by_name = true}),
              HasSubstr("`by_name` only supports loading legacy '.h5' or '.hdf5' files."));
  LoadReport report;
  model = of_dense(3, true, 4);
  model->load_weights(path, {.skip_mismatch = true, .report = &report});
  EXPECT_EQ(report.matched, std::vector<std::string>{"d/bias"});
  EXPECT_EQ(report.missing, std::vector<std::string>{"d/kernel"});
  ASSERT_EQ(report.mismatched.size(), 1u);
}

TEST(KerasV3, ShardsLieBesideTheirIndex) {
  const TempDir dir;
  const auto model = of_dense(3, true);
  for (const std::string name : {"../x.weights.h5", "/x.weights.h5", "a/b.h5", ".."}) {
    const auto path = dir.file("w.weights.json");
    std::ofstream(path) << R"({"metadata": {}, "weight_map": {"/layers/dense/vars": [")" + name + R"("]}})";
    EXPECT_THAT(error_of([&] { model->load_weights(path); }), HasSubstr("expected the name of a file beside it"));
  }
}

}  // namespace
}  // namespace hornbeam
