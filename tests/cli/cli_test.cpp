// What the verbs of the command-line tool print and write.
#include "cli/cli.h"

#include <filesystem>
#include <regex>

namespace {

using namespace hornbeam;
using namespace hornbeam::testing_support;

TEST_F(Cli, Summary) {
  EXPECT_EQ(good("summary " + kDemo + "model.h5").out, read_file(kDemo + "summary.txt"));
  const auto json = good("summary --json " + kDemo + "model.h5").json();
  EXPECT_EQ(json.at("class_name"), Config("Sequential"));
  EXPECT_EQ(json.at("layers").at(0).at("name"), Config("stem"));
  EXPECT_EQ(json.at("layers").at(0).at("params"), Config(72));
  EXPECT_EQ(json.at("layers").at(0).at("output_shape").dump(), "[null, 20, 20, 8]");
  EXPECT_EQ(json.at("inputs").dump(), R"([{"name": "picture", "dtype": "float32", "shape": [null, 20, 20, 1]}])");
  EXPECT_EQ(json.at("outputs").dump(), R"([{"name": "shape", "dtype": "float32", "shape": [null, 4]}])");
}

// Keras's output_shape: of several outputs a list; where calls differ, what the summary says.
TEST_F(Cli, SummaryTellsShapesOfEveryKindOfLayer) {
  const auto a = Input({2}, {.name = "a"}), b = Input({4, 1}, {.name = "b"});
  const ReLU twice({.name = "twice"});
  const auto states = LSTM(3, {.return_state = true, .name = "states"})(b);
  const Functional model({a, b}, {twice(a), twice(b), states[0]}, {.name = "m"});
  model->save(file("m.h5"));
  const auto told = good("summary --json " + file("m.h5")).json();
  std::map<std::string, std::string> shapes;
  for (const auto& layer : told.at("layers").as_list()) {
    shapes[layer.at("name").as_string()] = layer.at("output_shape").dump();
  }
  const std::map<std::string, std::string> wanted = {
      {"a", "[null, 2]"},
      {"b", "[null, 4, 1]"},
      {"twice", "\"multiple\""},
      {"states", "[[null, 3], [null, 3], [null, 3]]"},
  };
  EXPECT_EQ(shapes, wanted);
  EXPECT_EQ(told.at("inputs").at(1).at("name"), Config("b"));
  EXPECT_EQ(told.at("outputs").size(), 3U);
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

TEST_F(Cli, FreshWeightsPredictNothing) {
  good("convert " + kDemo + "model.h5 " + file("m.json") + " --format json");
  const auto config = file("m.json");
  refused("predict " + config + " --input " + kDemo + "x.npy",
          "ValueError: " + config + " is a config without weights: fresh ones would predict random numbers. Give ");
  // They may be wanted to begin a training with.
  const auto fresh = run("convert " + config + " " + file("fresh.h5") + " --format h5");
  EXPECT_EQ(fresh.code, 0);
  EXPECT_EQ(fresh.err,
            "warning: " + config + " holds no weights: fresh ones are written. --weights FILE gives others.\n");
  const auto told = good("convert " + config + " " + file("fresh.h5") + " --format h5 --json").json();
  EXPECT_EQ(told.at("report").at("notes").at(0), Config("no weights were given: they are fresh"));
  good("convert " + config + " " + file("again.json") + " --format json");
  // A model that has none predicts.
  good("convert " + two_by_two() + " " + file("two.json") + " --format json");
  good("predict " + file("two.json") + " --input " + file("a.npy") + " --input " + file("b.npy") + " --output-dir " +
       file("y"));
  expect_equal(load_npy(file("y/0.npy")), Tensor::from<float>({1, 2}, {6, 8}), 0);
}

TEST_F(Cli, JsonArraysHoldStrings) {
  const Sequential words({Input({2}, {.dtype = "string"}), Reshape({2, 1}, {.dtype = "string"})});
  words->save(file("words.h5"));
  write_file(file("words.json"), "[[\"a\", \"b c\"], [\"\", \"\u00e4\"]]");
  good("predict " + file("words.h5") + " --input " + file("words.json") + " --output " + file("y.json"));
  EXPECT_EQ(Config::parse(read_file(file("y.json"))), Config::parse("[[[\"a\"], [\"b c\"]], [[\"\"], [\"\u00e4\"]]]"));
  write_file(file("mixed.json"), "[[\"a\", \"b\"], [\"c\", 3]]");
  refused(
      "predict " + file("words.h5") + " --input " + file("mixed.json"),
      "ValueError: " + file("mixed.json") + " (item [1][1]): expected a str, as its neighbours are, found a number");
}

TEST_F(Cli, UnevenListsAreRagged) {
  const Sequential model({Input({None}, {.name = "words", .dtype = "int64", .ragged = true}),
                          Embedding(3, 1, {.embeddings_initializer = "ones", .name = "ones"})});
  model->save(file("ragged.h5"));
  write_file(file("x.json"), "[[1, 2], [], [0]]");
  const auto predict = "predict " + file("ragged.h5") + " --input " + file("x.json");
  const auto wanted = Config::parse("[[[1.0], [1.0]], [], [[1.0]]]");
  good(predict + " --batch-size 2 --output " + file("y.json"));
  EXPECT_EQ(Config::parse(read_file(file("y.json"))), wanted);
  EXPECT_EQ(Config::parse(good(predict).out), wanted);
  const auto output = good(predict + " --json").json().at("outputs").at(0);
  EXPECT_EQ(output.at("values"), wanted);
  EXPECT_EQ(output.at("shape").dump(), "[3, null, 1]");
  good(predict + " --output-dir " + file("y"));
  EXPECT_EQ(Config::parse(read_file(file("y/0.json"))), wanted);
  EXPECT_EQ(Config::parse(read_file(file("y/outputs.json"))).at(0).at("file"), Config("0.json"));
  refused(predict + " --output " + file("y.npy"),
          "ValueError: the model's output is ragged, and a .npy file holds no rows of different lengths");
  EXPECT_FALSE(std::filesystem::exists(file("y.npy")));
  // Lists that are even are an array.
  write_file(file("even.json"), "[[1, 2], [0, 0]]");
  good("predict " + file("ragged.h5") + " --input " + file("even.json") + " --output " + file("even.npy"));
  EXPECT_EQ(load_npy(file("even.npy")).shape(), (Shape{2, 2, 1}));
}

// Outputs of a dict are named by their keys, which are in another order than the layers.
TEST_F(Cli, OutputsOfADictHaveItsKeys) {
  const auto x = Input({1}, {.name = "x"});
  const Functional model(Values(x), {{"zeta", x * 2.0}, {"alpha", x * 3.0}}, {.name = "named"});
  model->save(file("named.h5"));
  save_npy(file("one.npy"), Tensor::from<float>({1, 1}, {1}));
  const auto predict = "predict " + file("named.h5") + " --input " + file("one.npy");
  const auto told = good(predict + " --json").json().at("outputs");
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told.at(0).at("name"), Config("alpha"));
  EXPECT_EQ(told.at(0).at("values").dump(), "[[3.0]]");
  good(predict + " --output-dir " + file("y"));
  EXPECT_EQ(Config::parse(read_file(file("y/outputs.json"))).at(1).at("name"), Config("zeta"));
  EXPECT_EQ(load_npy(file("y/1.npy")).data<float>()[0], 2.0F);
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
  // A '=' in a path is no name's end.
  const TempDir results;
  std::filesystem::create_directory(results.file("run=3"));
  for (const auto* name : {"a.npy", "b.npy"}) std::filesystem::copy_file(file(name), results.file("run=3/") + name);
  for (const auto* names : {"", "ab"}) {
    const auto of = [names](int i) { return *names ? std::string(1, names[i]) + "=" : std::string(); };
    good("predict " + model + " --input " + of(0) + results.file("run=3/a.npy") + " --input " + of(1) +
         results.file("run=3/b.npy") + " --output-dir " + results.file("y"));
    expect_equal(load_npy(results.file("y/0.npy")), sum, 0);
  }
  const auto both = "predict " + model + " --input " + file("a.npy") + " --input ";
  refused(both + "b=" + file("b.npy") + " --output-dir " + file("y"), "ValueError: --input: either all");
  const auto named = "predict " + model + " --output-dir " + file("y") + " --input a=" + file("a.npy") + " --input ";
  refused(named + "a=" + file("b.npy"), "ValueError: --input: 'a' is given twice");
  refused(named + "c=" + file("b.npy"), "ValueError: Missing data for input \"b\"");
  refused(both + file("b.npy") + " --output " + file("y.npy"), "ValueError: the model has 2 outputs");
  refused("predict " + model + " --input " + file("a.npy"), "ValueError: Layer \"two\" expects 2 input(s)");
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
  good(convert + file("m") + " --format saved_model");
  EXPECT_EQ(models::load_model(file("m"))->get_weights().size(), 14u);
  good(convert + file("ckpt") + " --format checkpoint");
  EXPECT_NE(good("ckpt list " + file("ckpt")).out.find("kernel/.ATTRIBUTES/VARIABLE_VALUE"), std::string::npos);
  good(convert + file("m.keras") + " --format keras --no-date");
  EXPECT_EQ(models::load_model(file("m.keras"))->get_weights().size(), 14u);
  good(convert + file("n.keras") + " --format keras --no-date");
  EXPECT_EQ(read_file(file("m.keras")), read_file(file("n.keras")));
  refused(convert + file("o.keras") + " --format keras --target tf2.2",
          "ValueError: tf.keras 2.2 has no .keras archives");
  refused(convert + file("m.onnx") + " --format onnx", "NotImplementedError: writing format 'onnx' is not");
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
  const auto of_epochs = [&](const std::string& freq) {
    const auto json = good("fit " + model + data + " --epochs 5 --validation-split 0.25 --validation-freq " + freq +
                           " --json --save " + file("u.h5") + " --history " + file("h.csv"))
                          .json();
    return json.has("epochs_of") ? json.at("epochs_of").at("val_loss") : json.at("epoch");
  };
  EXPECT_EQ(of_epochs("1").dump(), "[0, 1, 2, 3, 4]");
  EXPECT_EQ(of_epochs("2").dump(), "[1, 3]");
  EXPECT_EQ(of_epochs("4,").dump(), "[3]");
  EXPECT_EQ(of_epochs("1,4").dump(), "[0, 3]");
  EXPECT_TRUE(std::regex_search(read_file(file("h.csv")), std::regex("\n1,[^,]+,[^,]+,,\n")));
  for (const char* freq : {"0", "1,0", ",1", "1,,2", "x", "-1", "1.5"}) {
    EXPECT_NE(run("fit " + model + data + " --validation-freq=" + freq + " --save " + file("u.h5")).code, 0) << freq;
  }
  good("fit " + model + data + " --epochs 1 --save " + file("t.keras"));
  EXPECT_EQ(good("inspect " + file("t.keras") + " --json").json().at("format"), Config("keras_v3"));
  refused("fit " + two_by_two() + data + " --save " + file("v.h5"), "RuntimeError: You must compile your model");
}

// Also where Keras goes on with the other losses: a forgotten --y is a mistake.
TEST_F(Cli, ForgottenLabelsAreRefused) {
  line();
  const std::string missing =
      "ValueError: Target data is missing. Your model was compiled with loss=mse, and therefore "
      "expects target data to be provided in `@()`. Give --y.";
  refused(at("fit @line.h5 --x @x.npy --save @t.h5"), replaced(missing, "fit"));
  refused(at("evaluate @line.h5 --x @x.npy"), replaced(missing, "evaluate"));
  refused(at("bench @line.h5 --train --batch-size 4 --x @x.npy"), replaced(missing, "fit"));
  const Sequential model({Input({1}), Dense(1, {.use_bias = false, .kernel_regularizer = "l2"})}, {.name = "regular"});
  for (const auto* target : {"tf2.2", "tf2.15"}) {
    for (const auto& losses : {Losses("mse"), Losses()}) {
      model->compile({.optimizer = "sgd", .loss = losses});
      model->save(file("regular.h5"), {.target = target});
      if (losses.one()) {
        refused(at("evaluate @regular.h5 --x @x.npy"), replaced(missing, "evaluate"));
      } else {
        good(at("evaluate @regular.h5 --x @x.npy"));
        good(at("fit @regular.h5 --x @x.npy --save @t.h5"));
      }
    }
  }
}

// Whatever is at fault: the path stands in the error, also where Keras's words do not name it.
TEST_F(Cli, ErrorsNameTheFile) {
  good("convert " + line() + " " + file("w.h5") + " --format weights-h5");
  good("convert " + file("line.h5") + " " + file("m.json") + " --format json");
  good("convert " + two_by_two() + " " + file("two_w.h5") + " --format weights-h5");
  write_file(file("unknown.json"), R"({"class_name": "Sequential", "config": {"name": "m", "layers": [
      {"class_name": "Foo", "config": {"name": "f"}}]}})");
  write_file(file("layer.json"), R"({"class_name": "Dense", "config": {"name": "d", "units": 3}})");
  write_file(file("no_list.json"), "{\"class_name\": \"Sequential\",\n \"config\": 3}");
  write_file(file("text.npy"), "hello");
  save_npy(file("wide.npy"), Tensor::from<float>({3, 2}, {1, 2, 3, 4, 5, 6}));
  const std::string data = " --x @x.npy --y @y.npy";
  const struct {
    std::string arguments, words, name;
  } kCases[] = {
      {"summary @w.h5", "ValueError: No model found in config file.", "w.h5"},
      {"summary @unknown.json", "ValueError: Unknown layer: Foo", "unknown.json"},
      {"summary @layer.json", "ValueError: the config is that of a layer (Dense)", "layer.json"},
      {"summary @no_list.json", "", "no_list.json"},
      {"predict @m.json --weights @two_w.h5 --input @x.npy",
       "ValueError: You are trying to load a weight file containing 0 layers into a model with 1 layers", "two_w.h5"},
      {"predict @m.json --weights @none.h5 --input @x.npy", "OSError: Unable to open file", "none.h5"},
      {"predict @line.h5 --input @none.npy", "OSError: Unable to open file", "none.npy"},
      {"predict @line.h5 --input @text.npy", "ValueError: ", "text.npy"},
      {"predict @line.h5 --input @m.json", "ValueError: ", "m.json"},
      {"evaluate @line.h5 --x @x.npy --y @none.npy", "OSError: Unable to open file", "none.npy"},
      {"evaluate @m.json" + data, "RuntimeError: You must compile your model", "m.json"},
      {"fit @two.h5 --save @t.h5" + data, "RuntimeError: You must compile your model", "two.h5"},
      {"predict @line.h5 --input @wide.npy", "ValueError: ", "wide.npy"},
      {"evaluate @line.h5 --x @x.npy --y @wide.npy", "ValueError: Data cardinality is ambiguous", "wide.npy"},
      {"fit @line.h5 --save @t.h5 --sample-weight @wide.npy" + data,
       "ValueError: Data cardinality is ambiguous:   x sizes: 8   y sizes: 8   sample_weight sizes: 3", "wide.npy"},
      {"bench @none.h5", "OSError: SavedModel file does not exist at: ", "none.h5"},
      {"convert @none.h5 @t.h5 --format h5", "OSError: SavedModel file does not exist at: ", "none.h5"},
  };
  for (const auto& [arguments, words, name] : kCases) {
    SCOPED_TRACE(arguments);
    refused(at(arguments), words);
    EXPECT_NE(run(at(arguments)).err.find(file(name)), std::string::npos) << run(at(arguments)).err;
  }
}

TEST_F(Cli, ErrorsOfWeightsNameTheOption) {
  good("convert " + line() + " " + file("m.json") + " --format json");
  for (const auto* weights : {"none.h5", "x.npy"}) {
    const auto result = run(at("predict @m.json --input @x.npy --weights @") + weights);
    EXPECT_EQ(result.code, 1);
    EXPECT_NE(result.err.find(at("[--weights @") + weights + "]\n"), std::string::npos) << result.err;
  }
}

TEST_F(Cli, TheOptimizerMayStayOut) {
  line();
  good(at("fit @line.h5 --x @x.npy --y @y.npy --save @t.h5"));
  EXPECT_TRUE(models::load_model(file("t.h5"))->is_compiled());
  good(at("fit @line.h5 --x @x.npy --y @y.npy --save @f.h5 --no-optimizer"));
  EXPECT_FALSE(models::load_model(file("f.h5"))->is_compiled());
  const auto told = good(at("convert @t.h5 @c.h5 --format h5 --no-optimizer --json")).json();
  EXPECT_EQ(told.at("save_report").at("dropped").at(0), Config("training_config: include_optimizer is false"));
  EXPECT_FALSE(models::load_model(file("c.h5"))->is_compiled());
  refused(at("convert @t.h5 @w.json --format json --no-optimizer"), "ValueError: --no-optimizer goes with");
}

// Keras 2 opens H5 under any name; a name of another kind misleads this tool as well.
TEST_F(Cli, H5IsWrittenUnderNamesOfH5) {
  line();
  for (const auto* name : {"m.json", "m.npz", "m.npy"}) {
    refused(at("convert @line.h5 @") + name + " --format h5", "ValueError: --format h5 writes HDF5");
    refused(at("convert @line.h5 @") + name + " --format weights-h5", "ValueError: --format weights-h5 writes HDF5");
  }
  refused(at("convert @line.h5 @m.foo --format h5 --target keras3"), "ValueError: Invalid filepath extension");
  good(at("convert @line.h5 @m.foo --format h5 --target tf2.15"));
  good(at("summary @m.foo"));
}

TEST_F(Cli, ErrorsAreOneLine) {
  // What a file says reaches no terminal.
  write_file(file("escape.json"), "{\"class_name\": \"\\u001b[2J\\r\\n\", \"config\": {}}");
  refused("summary " + file("escape.json"), "ValueError: Unknown layer:  [2J");
  // Keras's own words are of three lines here.
  two_by_two();
  save_npy(file("b.npy"), Tensor::from<float>({2, 2}, {1, 2, 3, 4}));
  refused("predict " + file("two.h5") + " --input " + file("a.npy") + " --input " + file("b.npy") + " --output-dir " +
              file("y"),
          "ValueError: Data cardinality is ambiguous:");
}

}  // namespace
