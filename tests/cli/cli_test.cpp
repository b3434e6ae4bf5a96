// The command-line tool as its users run it: what it prints, what it writes, and how it ends.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdio>

#include "hornbeam/hornbeam.hpp"
#include "support/files.h"
#include "support/temp_dir.h"
#include "support/test_data.h"

namespace {

using namespace hornbeam;
using namespace hornbeam::testing_support;

const std::string kDemo = test_data("") + "/demo/";

class Cli : public testing::Test {
 protected:
  struct Result {
    int code;
    std::string out, err;
    Config json() const { return Config::parse(out, "standard output"); }
  };
  // Arguments hold no blanks.
  Result run(const std::string& arguments) const {
    const auto out = dir_.file("out"), err = dir_.file("err");
    const int status = std::system((HORNBEAM_CLI " " + arguments + " >" + out + " 2>" + err).c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read_file(out), read_file(err)};
  }
  Result good(const std::string& arguments) const {
    const auto result = run(arguments);
    EXPECT_EQ(result.code, 0) << arguments << "\n" << result.err;
    EXPECT_EQ(result.err, "") << arguments;
    return result;
  }
  // Exit code 1 and one line, which begins so.
  void refused(const std::string& arguments, const std::string& words) const {
    const auto result = run(arguments);
    EXPECT_EQ(result.code, 1) << arguments;
    EXPECT_TRUE(result.err.starts_with(words)) << result.err;
    EXPECT_EQ(result.err.find('\n'), result.err.size() - 1) << result.err;
    EXPECT_EQ(result.out, "") << arguments;
  }
  std::string file(const std::string& name) const { return dir_.file(name); }

  // sum = a + b and difference = a - b, of Inputs "a" and "b".
  std::string two_by_two() const {
    const auto a = Input({2}, {.name = "a"}), b = Input({2}, {.name = "b"});
    const Functional model({a, b}, {Add({.name = "sum"})({a, b}), Subtract({.name = "difference"})({a, b})},
                           {.name = "two"});
    model->save(file("two.h5"));
    save_npy(file("a.npy"), Tensor::from<float>({1, 2}, {5, 6}));
    save_npy(file("b.npy"), Tensor::from<float>({1, 2}, {1, 2}));
    return file("two.h5");
  }
  // y = w x + b, compiled, with eight rows of data.
  std::string line() const {
    const Sequential model({Input({1}), Dense(1, {.kernel_initializer = "ones", .name = "d"})}, {.name = "line"});
    model->compile({.optimizer = optimizers::SGD({.learning_rate = 0.1}), .loss = "mse", .metrics = {"mae"}});
    model->save(file("line.h5"));
    save_npy(file("x.npy"), Tensor::from<float>({8, 1}, {0, 1, 2, 3, 4, 5, 6, 7}));
    save_npy(file("y.npy"), Tensor::from<float>({8, 1}, {0, 2, 4, 6, 8, 10, 12, 14}));
    return file("line.h5");
  }
  TempDir dir_;
};

void expect_equal(const Tensor& got, const Tensor& wanted, double tolerance) {
  ASSERT_EQ(got.shape(), wanted.shape());
  const auto a = got.data<float>(), b = wanted.data<float>();
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], tolerance);
}

TEST_F(Cli, Summary) {
  EXPECT_EQ(good("summary " + kDemo + "model.h5").out, read_file(kDemo + "summary.txt"));
  const auto json = good("summary --json " + kDemo + "model.h5").json();
  EXPECT_EQ(json.at("class_name"), Config("Sequential"));
  EXPECT_EQ(json.at("layers").at(0).at("name"), Config("stem"));
  EXPECT_EQ(json.at("layers").at(0).at("params"), Config(72));
}

TEST_F(Cli, InspectTellsWhatAFileHolds) {
  const auto whole = good("inspect --json " + kDemo + "model.h5").json();
  EXPECT_EQ(whole.at("format"), Config("h5"));
  EXPECT_EQ(whole.at("keras_version"), Config("2.15.0"));
  EXPECT_EQ(whole.at("backend"), Config("tensorflow"));
  EXPECT_EQ(whole.at("training_config").at("loss"), Config("sparse_categorical_crossentropy"));
  const auto& first = whole.at("tensors").at(0);
  EXPECT_TRUE(first.has("path") && first.has("dtype") && first.has("shape"));
  EXPECT_NE(good("inspect " + kDemo + "model.h5").out.find("keras_version: 2.15.0\n"), std::string::npos);

  good("convert " + kDemo + "model.h5 " + file("w.h5") + " --format weights-h5");
  const auto weights = good("inspect --json " + file("w.h5")).json();
  EXPECT_EQ(weights.at("format"), Config("weights_h5"));
  EXPECT_TRUE(weights.at("training_config").is_null());
  good("convert " + kDemo + "model.h5 " + file("m.json") + " --format json");
  EXPECT_EQ(good("inspect --json " + file("m.json")).json().at("class_name"), Config("Sequential"));
}

TEST_F(Cli, PredictWritesWhatKerasPredicts) {
  const auto wanted = load_npy(kDemo + "y.npy");
  const auto predict = "predict " + kDemo + "model.h5 --input " + kDemo + "x.npy ";
  good(predict + "--output " + file("y.npy"));
  expect_equal(load_npy(file("y.npy")), wanted, 1e-6);
  good(predict + "--batch-size 3 --output " + file("y.json"));
  expect_equal(ops::cast(load_json_tensor(file("y.json")), DType::float32), wanted, 1e-6);
  const auto json = good(predict + "--json").json();
  const auto& output = json.at("outputs").at(0);
  EXPECT_EQ(output.at("name"), Config("shape"));
  EXPECT_EQ(output.at("shape"), Config(std::vector<std::int64_t>{16, 4}));
  expect_equal(ops::cast(json_to_tensor(output.at("values")), DType::float32), wanted, 1e-6);
  EXPECT_EQ(json.at("report").at("keras_version"), Config("2.15.0"));
}

TEST_F(Cli, PredictWithAConfigAndItsWeights) {
  good("convert " + kDemo + "model.h5 " + file("m.json") + " --format json");
  good("convert " + kDemo + "model.h5 " + file("w.h5") + " --format weights-h5");
  good("predict " + file("m.json") + " --weights " + file("w.h5") + " --input " + kDemo + "x.npy --output " +
       file("y.npy"));
  expect_equal(load_npy(file("y.npy")), load_npy(kDemo + "y.npy"), 1e-6);
  refused("predict " + kDemo + "model.h5 --weights " + file("w.h5") + " --input " + kDemo + "x.npy",
          "ValueError: --weights goes with a model's JSON config");
}

TEST_F(Cli, InputsGoByPositionOrName) {
  const auto model = two_by_two();
  const auto sum = Tensor::from<float>({1, 2}, {6, 8}), difference = Tensor::from<float>({1, 2}, {4, 4});
  for (const auto& inputs : {" --input " + file("a.npy") + " --input " + file("b.npy"),
                             " --input b=" + file("b.npy") + " --input a=" + file("a.npy")}) {
    const TempDir results;
    good("predict " + model + inputs + " --output-dir " + results.file("y"));
    expect_equal(load_npy(results.file("y/0.npy")), sum, 0);
    expect_equal(load_npy(results.file("y/1.npy")), difference, 0);
    const auto index = Config::parse(read_file(results.file("y/outputs.json")), "outputs.json");
    ASSERT_EQ(index.size(), 2U);
    EXPECT_EQ(index.at(1).at("file"), Config("1.npy"));
    EXPECT_EQ(index.at(1).at("name"), Config("difference"));
    EXPECT_EQ(index.at(1).at("dtype"), Config("float32"));
  }
  const auto both = "predict " + model + " --input " + file("a.npy") + " --input ";
  refused(both + "b=" + file("b.npy") + " --output-dir " + file("y"), "ValueError: --input: either all");
  refused(both + file("b.npy") + " --output " + file("y.npy"), "ValueError: the model has 2 outputs");
  refused("predict " + model + " --input " + file("a.npy"), "ValueError: Layer two expects 2 inputs");
}

TEST_F(Cli, Convert) {
  const auto convert = "convert " + kDemo + "model.h5 ";
  good(convert + file("w.npz") + " --format npz");
  const auto arrays = load_npz(file("w.npz"));
  const auto weights = models::load_model(kDemo + "model.h5")->get_weights();
  ASSERT_EQ(arrays.size(), weights.size());
  EXPECT_EQ(arrays[0].first, "000");
  EXPECT_EQ(arrays[10].first, "010");
  for (std::size_t i = 0; i < arrays.size(); ++i) expect_equal(arrays[i].second, weights[i], 0);
  const auto told = good(convert + file("m.h5") + " --format h5 --target tf2.2 --json").json();
  EXPECT_EQ(told.at("save_report").at("target"), Config("tf2.2"));
  EXPECT_EQ(models::load_model(file("m.h5"))->keras_version(), "2.3.0-tf");
  refused(convert + file("m") + " --format saved_model", "NotImplementedError: writing format 'saved_model' is not");
}

TEST_F(Cli, Bench) {
  const auto json = good("bench " + two_by_two() + " --batch-size 4 --runs 3 --json").json();
  for (const auto* key : {"load_ms", "median_ms", "min_ms"}) EXPECT_GT(json.at(key).as_double(), 0) << key;
  EXPECT_EQ(json.at("batch_size"), Config(4));
}

TEST_F(Cli, EvaluateAndFit) {
  const auto model = line(), data = " --x " + file("x.npy") + " --y " + file("y.npy");
  // The mean of x^2 and of x, for x = 0 .. 7.
  const auto before = good("evaluate " + model + data + " --json").json().at("results");
  EXPECT_NEAR(before.at("loss").as_double(), 17.5, 1e-5);
  EXPECT_NEAR(before.at("mae").as_double(), 3.5, 1e-6);
  // One step of SGD: w and b fall by 0.1 * -2 * mean(x^2) and 0.1 * -2 * mean(x).
  good("fit " + model + data + " --epochs 1 --batch-size 8 --no-shuffle --save " + file("t.h5") + " --plot " +
       file("c.svg"));
  const auto trained = models::load_model(file("t.h5"))->get_weights();
  EXPECT_NEAR(trained[0].item<float>(), 1 + 3.5, 1e-5);
  EXPECT_NEAR(trained[1].item<float>(), 0.7, 1e-5);
  EXPECT_TRUE(read_file(file("c.svg")).starts_with("<svg "));
  const auto told = good("fit " + model + data + " --epochs 3 --validation-split 0.25 --json --save " + file("u.h5"));
  EXPECT_EQ(told.json().at("history").at("val_loss").size(), 3U);
  refused("fit " + model + data + " --epochs 1000000000 --save " + file("t.keras"),
          "NotImplementedError: writing a Keras");
  refused("fit " + two_by_two() + data + " --save " + file("v.h5"), "RuntimeError: You must compile your model");
}

TEST_F(Cli, ErrorsAreOneLine) {
  refused("summary " + file("none.h5"), "OSError: SavedModel file does not exist at: ");
  refused("inspect " + file("none.h5"), "OSError: ");
  write_file(file("text.h5"), "hello\nworld");
  refused("summary " + file("text.h5"), "OSError: ");
  write_file(file("m.json"), "{\"class_name\": \"Sequential\",\n \"config\": 3}");
  refused("summary " + file("m.json"), "");
  // Keras's own words are of three lines here.
  two_by_two();
  save_npy(file("b.npy"), Tensor::from<float>({2, 2}, {1, 2, 3, 4}));
  refused("predict " + file("two.h5") + " --input " + file("a.npy") + " --input " + file("b.npy") + " --output-dir " +
              file("y"),
          "ValueError: Data cardinality is ambiguous:");
}

TEST_F(Cli, WrongUsageIsCode2) {
  for (const std::string& arguments : std::vector<std::string>{
           "", "dance", "summary", "predict " + kDemo + "model.h5", "bench --batch-size 0 x.h5",
           "summary --nonsense x.h5", "predict m.h5 --input x.npy --output y.npy --output-dir y"}) {
    const auto result = run(arguments);
    EXPECT_EQ(result.code, 2) << arguments;
    EXPECT_NE(result.err, "") << arguments;
  }
  EXPECT_EQ(run("--help").code, 0);
  EXPECT_NE(run("predict --help").out.find("--output-dir"), std::string::npos);
}

}  // namespace
