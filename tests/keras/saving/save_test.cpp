// What model.save and save_weights do with names, formats, targets and files.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "formats/hdf5/hdf5.h"
#include "hornbeam/hornbeam.hpp"
#include "support/error_of.h"
#include "support/files.h"
#include "support/temp_dir.h"

namespace hornbeam {
namespace {

using ::testing::HasSubstr;
using testing_support::error_of;
using testing_support::read_file;
using testing_support::TempDir;
namespace hdf5 = formats::hdf5;

ModelRef make_model() {
  backend::clear_session();
  const auto x = Input({4}, {.name = "x"});
  return ModelRef(Functional(x, Dense(2, {.name = "out"})(Dense(3, {.activation = "relu", .name = "hidden"})(x))));
}

void expect_same_weights(const Model& a, const Model& b) {
  const auto x = a.get_weights(), y = b.get_weights();
  ASSERT_EQ(x.size(), y.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    EXPECT_TRUE(std::ranges::equal(x[i].data<float>(), y[i].data<float>())) << i;
  }
}

TEST(Save, AModelComesBackWithEachTarget) {
  const TempDir dir;
  const auto model = make_model();
  for (const std::string target : {"tf2.2", "tf2.15", "keras3"}) {
    SCOPED_TRACE(target);
    const auto path = dir.file(target + ".h5");
    SaveReport report;
    model->save(path, {.target = target, .report = &report});
    EXPECT_EQ(report.target, target);
    EXPECT_THAT(report.written,
                ::testing::ElementsAre("model_config", "hidden/kernel", "hidden/bias", "out/kernel", "out/bias"));
    const auto again = models::load_model(path);
    EXPECT_EQ(again->target(), target);
    EXPECT_EQ(again->to_json("tf2.15"), model->to_json("tf2.15"));
    expect_same_weights(*again, *model);
  }
}

TEST(Save, EachTargetHasItsForm) {
  const TempDir dir;
  const auto model = make_model();
  struct Expected {
    const char *target, *version, *class_name, *weight, *names;
    bool top_level;
  };
  for (const auto& e :
       {Expected{"tf2.2", "2.3.0-tf", "Model", "out/kernel:0", "ASCII strings of 12 bytes, NUL-padded", false},
        Expected{"tf2.15", "2.15.0", "Functional", "out/kernel:0", "ASCII strings", true},
        Expected{"keras3", "3.15.1", "Functional", "out/kernel", "ASCII strings", true}}) {
    SCOPED_TRACE(e.target);
    const auto path = dir.file("model.h5");
    model->save(path, {.target = e.target});
    const auto file = hdf5::File::open(path);
    const auto root = file->root(), weights = root.group("model_weights"), out = weights.group("out");
    EXPECT_EQ(root.attribute("keras_version").as_string(), e.version);
    EXPECT_EQ(root.attribute("keras_version").type_name(), "UTF-8 strings");
    EXPECT_EQ(weights.attribute("keras_version").type_name(), "ASCII strings");
    EXPECT_EQ(Config::parse(root.attribute("model_config").as_string()).get_string("class_name", ""), e.class_name);
    EXPECT_EQ(out.attribute("weight_names").as_strings().at(0), e.weight);
    EXPECT_EQ(out.attribute("weight_names").type_name(), e.names);
    EXPECT_EQ(weights.group("x").attribute("weight_names").type_name(), "float64");
    EXPECT_EQ(weights.has("top_level_model_weights"), e.top_level);
    EXPECT_FALSE(root.has_attribute("training_config"));
  }
}

// 2.15 settles "accuracy" by the outputs alone when it loads a file, so that its own files say which one it is.
TEST(Save, Tf215GetsTheAccuracyThatTheLossMeans) {
  const TempDir dir;
  const auto path = dir.file("model.h5");
  const auto metrics_in = [&](const ModelRef& model, const char* target) {
    model->save(path, {.target = target});
    return Config::parse(hdf5::File::open(path)->root().attribute("training_config").as_string()).at("metrics").dump();
  };
  const auto settled = [](const std::string& fn) {
    return R"([[{"class_name": "MeanMetricWrapper", "config": {"name": "accuracy", "dtype": "float32", "fn": ")" + fn +
           R"("}}]])";
  };
  const auto model = make_model();
  model->compile({.optimizer = "sgd", .loss = "sparse_categorical_crossentropy", .metrics = {"accuracy"}});
  EXPECT_EQ(metrics_in(model, "tf2.15"), settled("sparse_categorical_accuracy"));
  EXPECT_EQ(metrics_in(model, "tf2.2"), R"(["accuracy"])");
  model->compile({.optimizer = "sgd", .loss = {{"out", "categorical_crossentropy"}}, .metrics = {"accuracy"}});
  EXPECT_EQ(metrics_in(model, "tf2.15"), settled("categorical_accuracy"));
  model->compile({.optimizer = "sgd", .loss = "mse", .metrics = {"mae"}});
  EXPECT_EQ(metrics_in(model, "tf2.15"),
            R"([[{"class_name": "MeanMetricWrapper", "config": {"name": "mae", "dtype": "float32", )"
            R"("fn": "mean_absolute_error"}}]])");
}

// What real 2.2.3 does with them: TypeError "Unexpected keyword argument passed to optimizer: global_clipnorm", and
// TypeError from a metric whose name became a function.
TEST(Save, Tf22GetsWhatItKnowsOfTraining) {
  const TempDir dir;
  const auto path = dir.file("model.h5");
  const auto model = make_model();
  model->compile({.optimizer = optimizers::SGD({.global_clipnorm = 1.0}), .loss = "mse"});
  EXPECT_THAT(error_of([&] { model->save(path, {.target = "tf2.2"}); }),
              HasSubstr("ValueError: tf.keras 2.2 has no optimizer with global_clipnorm"));
  EXPECT_EQ(error_of([&] { model->save(path, {.include_optimizer = false, .target = "tf2.2"}); }), "no error");
  EXPECT_EQ(error_of([&] { model->save(path, {.target = "tf2.15"}); }), "no error");
  const auto farthest = [](const Tensor& y, const Tensor& p) { return ops::reduce_max(ops::abs(y - p), -1); };
  model->compile({.optimizer = "sgd", .loss = "mse", .metrics = {metrics::custom("farthest", farthest)}});
  model->save(path, {.target = "tf2.2"});
  const auto config = Config::parse(hdf5::File::open(path)->root().attribute("training_config").as_string());
  EXPECT_EQ(config.at("metrics").dump(), R"(["farthest"])");
}

// Keras fails here when it saves: "Unable to create dataset (name already exists)".
TEST(Save, SlotsOfLayersOfOneName) {
  const TempDir dir;
  backend::clear_session();
  const auto a = Input({2}), b = Input({2});
  const auto inner = Functional(a, Dense(2, {.name = "same"})(a));
  const ModelRef model(Functional(b, Dense(2, {.name = "same"})(inner(b))));
  model->compile({.optimizer = "adam", .loss = "mse"});
  model->train_on_batch(ops::ones({2, 2}), ops::ones({2, 2}));
  for (const auto* target : {"tf2.2", "tf2.15", "keras3"}) {
    SCOPED_TRACE(target);
    model->save(dir.file("m.h5"), {.target = target});
    LoadReport report;
    const auto again = models::load_model(dir.file("m.h5"), {.report = &report});
    EXPECT_TRUE(report.notes.empty()) << report.to_string();
    const auto compared = models::compare(model, again);
    EXPECT_EQ(again->optimizer()->iterations()->value().item<std::int64_t>(), 1);
    EXPECT_TRUE(compared.equal()) << compared.to_string();
  }
}

TEST(Save, WeightsComeBackByOrderAndByName) {
  const TempDir dir;
  const auto model = make_model();
  const auto path = dir.file("w.h5");
  model->save_weights(path);
  auto other = make_model();
  other->load_weights(path);
  expect_same_weights(*other, *model);
  other = make_model();
  other->load_weights(path, {.by_name = true});
  expect_same_weights(*other, *model);
}

// The guide's rules of suffixes, as the target's Keras has them.
TEST(Save, TheNameDecidesTheFormat) {
  const TempDir dir;
  const auto model = make_model();
  const auto save = [&](const std::string& name, const SaveOptions& options) {
    return error_of([&] { model->save(dir.file(name), options); });
  };
  const auto save_weights = [&](const std::string& name, const SaveWeightsOptions& options) {
    return error_of([&] { model->save_weights(dir.file(name), options); });
  };
  for (const std::string target : {"tf2.2", "tf2.15", "keras3"}) {
    SCOPED_TRACE(target);
    EXPECT_EQ(save("m.h5", {.target = target}), "no error");
    EXPECT_EQ(save("m.hdf5", {.target = target}), "no error");
    EXPECT_EQ(save_weights("w.h5", {.target = target}), "no error");
    EXPECT_EQ(save_weights("w", {.save_format = "h5", .target = target}), "no error");
    EXPECT_THAT(save("m.h5", {.save_format = "tf", .target = target}), HasSubstr("looks like an HDF5 file"));
    EXPECT_THAT(save_weights("w.h5", {.save_format = "tf", .target = target}), HasSubstr("looks like an HDF5 file"));
    EXPECT_THAT(save_weights("w", {.save_format = "onnx", .target = target}),
                HasSubstr("ValueError: Unknown format \"onnx\". Was expecting one of"));
  }
  // Keras 2 tells what a file is from its bytes; Keras 3 loads H5 by the name only, and does not write other names.
  for (const auto* name : {"any_name", "m.foo", "m.keras"}) {
    EXPECT_EQ(save(name, {.save_format = "h5", .target = "tf2.2"}), "no error");
    EXPECT_EQ(save(name, {.save_format = "h5", .target = "tf2.15"}), "no error");
    EXPECT_THAT(save(name, {.save_format = "h5", .target = "keras3"}),
                HasSubstr("ValueError: Invalid filepath extension for saving."));
  }
  // The suffix .keras is H5's in 2.2, as in its guide, and the archive's later.
  const auto saved_as = [&](const std::string& name, SaveOptions options) {
    SaveReport report;
    options.report = &report;
    model->save(dir.file(name), options);
    return report.format;
  };
  EXPECT_EQ(saved_as("m.keras", {.target = "tf2.2"}), "h5");
  EXPECT_EQ(saved_as("m.keras", {.save_format = "keras", .target = "tf2.2"}), "h5");
  for (const std::string target : {"tf2.15", "keras3"}) {
    EXPECT_EQ(saved_as("m.keras", {.target = target}), "keras_v3");
    EXPECT_EQ(saved_as("m.keras", {.save_format = "keras", .target = target}), "keras_v3");
    EXPECT_THAT(
        save("no_suffix", {.save_format = "keras", .target = target}),
        HasSubstr("ValueError: Invalid `filepath` argument: expected a `.keras` extension. Received: filepath="));
    SaveReport report;
    model->save_weights(dir.file("w.weights.h5"), {.target = target, .report = &report});
    EXPECT_EQ(report.format, "weights_v3_h5");
  }
  EXPECT_EQ(save_weights("w.weights.h5", {.target = "tf2.2"}), "no error");
  EXPECT_EQ(save_weights("w.keras", {.target = "tf2.2"}), "no error");
  for (const std::string target : {"tf2.2", "tf2.15"}) {
    EXPECT_EQ(save_weights("ckpt_" + target, {.target = target}), "no error");
    EXPECT_EQ(save_weights("tf_" + target, {.save_format = "tf", .target = target}), "no error");
    EXPECT_TRUE(std::filesystem::exists(dir.file("ckpt_" + target + ".index")));
    EXPECT_TRUE(std::filesystem::exists(dir.file("tf_" + target + ".index")));
    EXPECT_THAT(save_weights("ckpt_" + target, {.overwrite = false, .target = target}), HasSubstr("OSError"));
  }
}

TEST(Save, RefusesFormatsThatTheTargetDoesNotHave) {
  const TempDir dir;
  const auto model = make_model();
  EXPECT_THAT(error_of([&] { model->save(dir.file("my_model"), {.target = "keras3"}); }),
              HasSubstr("ValueError: Invalid filepath extension for saving."));
  EXPECT_THAT(error_of([&] { model->save_weights(dir.file("ckpt"), {.target = "keras3"}); }),
              HasSubstr("ValueError: The filename must end in `.weights.h5`."));
  // 3.15.1 takes what has this name for an archive: "BadZipFile: File is not a zip file".
  for (const auto* format : {"", "h5", "keras"}) {
    EXPECT_THAT(
        error_of([&] { model->save_weights(dir.file("w.keras"), {.save_format = format, .target = "keras3"}); }),
        HasSubstr("ValueError: The filename must end in `.weights.h5`."));
  }
  EXPECT_EQ(dir.count(), 0u);
}

TEST(Save, SaysWhatCannotBeSaved) {
  const TempDir dir;
  struct Subclassed : Model {
    Values call(const Values& x, CallContext&) override { return dense(x); }
    HB_ATTR(dense, Dense(2));
  };
  const auto subclassed = make<Subclassed>();
  EXPECT_THAT(error_of([&] { subclassed->save_weights(dir.file("w.h5")); }), HasSubstr("have not yet been created"));
  subclassed(Tensor::zeros(DType::float32, {1, 4}));
  EXPECT_THAT(error_of([&] { subclassed->save(dir.file("m.h5")); }),
              HasSubstr("NotImplementedError: Saving the model to HDF5 format requires the model to be a Functional "
                        "model or a Sequential model."));
  subclassed->save_weights(dir.file("w.h5"));
  const auto other = make<Subclassed>();
  other(Tensor::zeros(DType::float32, {1, 4}));
  other->load_weights(dir.file("w.h5"));
  expect_same_weights(*other, *subclassed);

  const auto unbuilt = Sequential({Dense(3)});
  EXPECT_THAT(error_of([&] { unbuilt->save(dir.file("m.h5")); }),
              HasSubstr("ValueError: Weights for model sequential have not yet been created."));

  // The guide's layer with two weights of one name.
  struct Twice : Layer {
    void build(const Shape& s) override {
      a_ = add_weight("w", {s.back()});
      b_ = track("inner", make<Inner>());
    }
    struct Inner : Layer {
      Inner() : Layer("twice") { add_weight("w", {2}); }
      Values call(const Values& x, CallContext&) override { return x; }
    };
    Values call(const Values& x, CallContext&) override { return x; }
    std::string class_name() const override { return "Twice"; }
    Variable a_;
    Ref<Inner> b_;
  };
  const auto x = Input({2});
  const auto twice = Functional(x, make<Twice>()(x));
  EXPECT_THAT(error_of([&] { twice->save_weights(dir.file("t.h5")); }),
              HasSubstr("(name already exists): layer 'twice' has two weights named 'twice/w:0'"));
  EXPECT_FALSE(std::filesystem::exists(dir.file("t.h5")));
}

// A setting that an older Keras does not know names the layer, and the old file stays.
// Keras 3 has no ThresholdedReLU; its ReLU with a threshold gives the same, at the threshold too.
TEST(Save, ThresholdedReLUIsReLUInKeras3) {
  const TempDir dir;
  backend::clear_session();
  const auto x = Input({4});
  const ModelRef model(Functional(x, ThresholdedReLU({.theta = 0.5, .name = "t"})(x)));
  const auto data = Tensor::from<float>({1, 4}, {-1.0F, 0.25F, 0.5F, 0.75F});
  for (const auto* file : {"m.keras", "m.h5"}) {
    model->save(dir.file(file), {.target = "keras3"});
    const auto again = models::load_model(dir.file(file));
    EXPECT_EQ(again->layers().at(1)->class_name(), "ReLU");
    EXPECT_EQ(again->layers().at(1)->name(), "t");
    EXPECT_THAT(again->predict(data).tensor().data<float>(), testing::ElementsAre(0, 0, 0, 0.75F));
  }
}

TEST(Save, SaysWhichLayerATargetCannotHold) {
  const TempDir dir;
  const auto x = Input({4});
  const auto model = Functional(x, Rescaling(2.0, {.name = "scale"})(Dense(2, {.activation = "gelu", .name = "d"})(x)));
  const auto path = dir.file("m.h5");
  testing_support::write_file(path, "old");
  EXPECT_THAT(error_of([&] { model->save(path, {.target = "tf2.2"}); }),
              HasSubstr("Dense layer 'd' has the activation gelu"));
  EXPECT_EQ(read_file(path), "old");
  EXPECT_EQ(dir.count(), 1u);
  EXPECT_THAT(error_of([&] { model->save(path, {.target = "tf3"}); }), HasSubstr("ValueError"));
}

TEST(Save, OverwritesUnlessTold) {
  const TempDir dir;
  const auto model = make_model();
  const auto path = dir.file("m.h5");
  model->save(path);
  model->save(path);
  EXPECT_THAT(error_of([&] { model->save(path, {.overwrite = false}); }),
              HasSubstr("OSError: " + path + " already exists"));
  EXPECT_THAT(error_of([&] { model->save_weights(path, {.overwrite = false}); }), HasSubstr("already exists"));
  model->save(dir.file("new.h5"), {.overwrite = false});
}

TEST(Save, MakesFoldersFollowsLinksKeepsPermissions) {
  const TempDir dir;
  const auto model = make_model();
  const auto path = dir.file("a/b/m.h5"), link = dir.file("link.h5");
  model->save(path);
  const auto bytes = read_file(path);
  ASSERT_EQ(::chmod(path.c_str(), 0640), 0);
  std::filesystem::create_symlink(path, link);
  model->save(link);
  EXPECT_TRUE(std::filesystem::is_symlink(link));
  EXPECT_TRUE(read_file(path) == bytes);
  struct stat s {};
  ASSERT_EQ(::stat(path.c_str(), &s), 0);
  EXPECT_EQ(s.st_mode & 0777u, 0640u);
  testing_support::write_file(dir.file("file"), "");
  EXPECT_THAT(error_of([&] { model->save(dir.file("file/m.h5")); }), HasSubstr("OSError: Unable to create file"));
}

// In a nested model trainable weights come first, over all its layers.
TEST(Save, FlagsDecideTheOrder) {
  const TempDir dir;
  backend::clear_session();
  const auto x = Input({4});
  const auto inner =
      Sequential({Input({4}), BatchNormalization({.name = "bn"}), Dense(2, {.name = "d"})}, {.name = "inner"});
  const auto model = Functional(x, inner(x));
  const auto names = [&] {
    model->save_weights(dir.file("w.h5"));
    return hdf5::File::open(dir.file("w.h5"))->root().group("inner").attribute("weight_names").as_strings();
  };
  EXPECT_THAT(names(), ::testing::ElementsAre("bn/gamma:0", "bn/beta:0", "d/kernel:0", "d/bias:0", "bn/moving_mean:0",
                                              "bn/moving_variance:0"));
  inner->set_trainable(false);
  EXPECT_THAT(names(), ::testing::ElementsAre("bn/gamma:0", "bn/beta:0", "bn/moving_mean:0", "bn/moving_variance:0",
                                              "d/kernel:0", "d/bias:0"));
}

TEST(Save, ReportsAsTextAndConfig) {
  const TempDir dir;
  const auto model = make_model();
  SaveReport report;
  model->save_weights(dir.file("w.h5"), {.target = "keras3", .report = &report});
  EXPECT_THAT(report.to_string(),
              HasSubstr("w.h5: weights_h5 for keras3, keras 3.15.1\nwritten (4):\n  hidden/kernel\n"));
  EXPECT_EQ(report.to_config().at("written").size(), 4u);
  EXPECT_EQ(report.to_config().at("dropped").size(), 0u);
}

}  // namespace
}  // namespace hornbeam
