// Files of Keras's v3 format, as TensorFlow 2.15 and Keras 3 wrote them (tools/record/record_keras_v3.py).
#include <gmock/gmock.h>

#include <fstream>
#include <functional>

#include "base/zip_reader.h"
#include "base/zip_writer.h"
#include "hornbeam/hornbeam.hpp"
#include "keras/recorded.h"
#include "support/error_of.h"
#include "support/temp_dir.h"

namespace hornbeam {
namespace {

using testing::HasSubstr;
using testing_support::error_of;
using testing_support::expect_close;
using testing_support::TempDir;

const std::vector<std::string> kWriters = {"tf-2.15.1", "keras-3.15.1"};

std::string data(const std::string& file) { return test_data("keras") + "/keras_v3/" + file; }
std::map<std::string, Tensor> arrays_of(const std::string& writer) {
  std::map<std::string, Tensor> arrays;
  for (auto& [name, value] : load_npz(data(writer + ".npz"))) arrays.emplace(name, value);
  return arrays;
}

// An archive with another config in it.
std::string edited(const TempDir& dir, const std::string& writer, const std::function<void(Config&)>& edit) {
  const auto path = dir.file("edited.keras");
  const base::ZipReader in(base::MappedFile::open(data(writer + ".keras")));
  base::ZipWriter out(path);
  for (const auto& member : in.members()) {
    const auto bytes = in.read(member.name);
    const std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (member.name != "config.json") {
      out.add(member.name, text);
      continue;
    }
    auto config = Config::parse(text, "config.json");
    edit(config);
    out.add(member.name, config.dump());
  }
  out.finish();
  return path;
}

// The config of a model's last layer, as an object.
Config& last_layer(Config& model) { return model.find("config")->find("layers")->as_list().back(); }

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
  const auto& optimizer = *whole->optimizer();
  model->compile({.optimizer = Optimizer::from_config(optimizer.to_config()), .loss = "mse"});
  model->load_weights(path, {.report = &report});
  EXPECT_TRUE(report.unused.empty()) << report.to_string();
  const auto got = model->optimizer()->variables(), wanted = optimizer.variables();
  ASSERT_EQ(got.size(), wanted.size());
  for (std::size_t i = 0; i < got.size(); ++i) expect_close(got[i]->value(), wanted[i]->value(), 0, 0, got[i]->name());
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

// Keras 3 forgets the optimizer of models that were saved as H5 before.
TEST(KerasV3, AnArchiveWithoutAnOptimizer) {
  const TempDir dir;
  const auto path =
      edited(dir, "keras-3.15.1", [](Config& model) { model.find("compile_config")->erase("optimizer"); });
  LoadReport report;
  const auto model = models::load_model(path, {.report = &report});
  ASSERT_TRUE(model->is_compiled());
  EXPECT_EQ(model->optimizer()->class_name(), "RMSprop");
  EXPECT_TRUE(model->optimizer()->built());  // so that the other's state is not taken for its own
  EXPECT_EQ(model->optimizer()->iterations()->value().item<std::int64_t>(), 0);
  EXPECT_THAT(report.notes, testing::Contains(HasSubstr("the archive names none, so it is RMSprop")));
  EXPECT_THAT(report.mismatched, testing::Contains("optimizer_weights/optimizer/vars/0"));
}

// What is not run or not known is refused: the words name the layer and what makes it load.
TEST(KerasV3, RefusalsNameTheLayerAndTheRegistration) {
  const TempDir dir;
  for (const auto& writer : kWriters) {
    const auto refused = [&](const std::function<void(Config&)>& edit) {
      return error_of([&] { models::load_model(edited(dir, writer, edit)); });
    };
    EXPECT_THAT(
        refused([](Config& model) {
          last_layer(model).set("class_name", "Mine").set("module", "pack.layers").set("registered_name", "Pack>Mine");
        }),
        AllOf(HasSubstr("Unknown layer: Pack>Mine. If it is yours, register it"),
              HasSubstr(R"(register_keras_serializable("Mine", custom_object<Mine>(), "Pack").)"),
              HasSubstr("It is of the layer 'out'.")));
    EXPECT_THAT(refused([](Config& model) { last_layer(model).find("config")->set("activation", "mine"); }),
                AllOf(HasSubstr("Unknown activation function:mine"),
                      HasSubstr(R"(register_keras_serializable("mine", HB_FUNCTION(mine)).)"),
                      HasSubstr("It is of the layer 'out'.")));
    const Config bytecode{{"class_name", "__lambda__"}, {"config", {{"value", "4wEAAAA="}}}};
    EXPECT_THAT(refused([&](Config& model) { last_layer(model).find("config")->set("activation", bytecode); }),
                AllOf(HasSubstr("never run here"), HasSubstr(R"({"<lambda>", HB_FUNCTION(f)})"),
                      HasSubstr("It is of the layer 'out'.")));
    EXPECT_THAT(
        refused([&](Config& model) {
          auto& layer = last_layer(model);
          layer.set("class_name", "Lambda").set("config", {{"name", "out"}, {"function", bytecode}});
        }),
        AllOf(HasSubstr("never run here"), HasSubstr(R"({"out", HB_FUNCTION(f)})"), HasSubstr("Lambda layer 'out'")));
    EXPECT_THAT(refused([&](Config& model) {
                  last_layer(model).set("module", "os").set("class_name", "system").set("registered_name", "system");
                }),
                AllOf(HasSubstr("Unknown layer: system"),
                      HasSubstr(R"(register_keras_serializable("system", custom_object<system>()).)")));
  }
}

}  // namespace
}  // namespace hornbeam
