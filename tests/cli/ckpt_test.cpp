// hornbeam ckpt, and inspect of checkpoints: files that real TensorFlows wrote.
#include <gmock/gmock.h>

#include "cli/cli.h"

using namespace hornbeam;
using namespace hornbeam::testing_support;
using testing::HasSubstr;

namespace {

class CliCheckpoints : public Cli {
 protected:
  static std::string recorded(const std::string& name) { return test_data("keras") + "/checkpoints/tf-2.2.3/" + name; }
};

constexpr const char* kKernel = "layer_with_weights-0/kernel/.ATTRIBUTES/VARIABLE_VALUE";

TEST_F(CliCheckpoints, AreListed) {
  EXPECT_THAT(good("ckpt list " + recorded("weights")).out, HasSubstr(std::string(kKernel) + "  float32 [2, 4]\n"));
  const auto all = good("ckpt list --json " + recorded("adam")).json();
  EXPECT_EQ(all.size(), 18U);
  EXPECT_EQ(all.at(0).at("key"), Config("_CHECKPOINTABLE_OBJECT_GRAPH"));
  const auto found = good("inspect --json " + recorded("weights")).json();
  EXPECT_EQ(found.at("format"), Config("checkpoint"));
  EXPECT_EQ(found.at("tensors").size(), 5U);
}

TEST_F(CliCheckpoints, ValuesAreGot) {
  good("ckpt get " + recorded("weights") + " " + kKernel + " -o " + file("k.npy"));
  const auto value = load_npy(file("k.npy")), wanted = train::load_variable(recorded("weights"), kKernel);
  EXPECT_TRUE(std::ranges::equal(value.data<float>(), wanted.data<float>()));
  EXPECT_THAT(good("ckpt get " + recorded("objects-1") + " step/.ATTRIBUTES/VARIABLE_VALUE").out, HasSubstr("7"));
  good("ckpt get " + recorded("weights") + " " + kKernel + " -o " + file("new/folder/k.npy"));
  EXPECT_EQ(load_npy(file("new/folder/k.npy")).shape(), wanted.shape());
  const auto told = good("ckpt get --json " + recorded("weights") + " " + kKernel).json();
  EXPECT_EQ(told.at("dtype"), Config("float32"));
  EXPECT_EQ(told.at("values").size(), 2U);
  // Of bytes nothing reaches the terminal as it is.
  const auto graph = good("ckpt get " + recorded("weights") + " _CHECKPOINTABLE_OBJECT_GRAPH").out;
  EXPECT_TRUE(std::ranges::all_of(graph, [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); }));
  refused("ckpt get " + recorded("weights") + " nope", "KeyError: Key nope not found in checkpoint");
  good("convert " + kDemo + "model.h5 " + file("saved") + " --format saved_model");
  EXPECT_THAT(good("ckpt list " + file("saved")).out,
              HasSubstr("layer_with_weights-0/kernel/.ATTRIBUTES/VARIABLE_VALUE"));
  EXPECT_EQ(good("ckpt diff " + file("saved") + " " + file("saved/variables/variables")).out, "");
  refused("ckpt list " + file("nothing"), "OSError: Unsuccessful TensorSliceReader constructor");
  misused("ckpt", "subcommand");
}

TEST_F(CliCheckpoints, AreCompared) {
  EXPECT_EQ(good("ckpt diff " + recorded("weights") + " " + recorded("weights")).out, "");
  const auto result = run("ckpt diff " + recorded("weights") + " " + recorded("adam"));
  EXPECT_EQ(result.code, 1);
  EXPECT_THAT(result.out, HasSubstr(std::string(kKernel) + ": at most "));
  EXPECT_THAT(result.out, HasSubstr("optimizer/iter/.ATTRIBUTES/VARIABLE_VALUE: only in "));
  EXPECT_THAT(result.err, HasSubstr("ValueError: the checkpoints differ in 18 keys\n"));
  misused("ckpt diff " + recorded("weights") + " " + file("nothing"), "OSError: Unsuccessful TensorSliceReader");
}

// A prefix may be a folder's name, too, and a folder stands for its latest checkpoint.
TEST_F(CliCheckpoints, OfAJsonConfigByPrefixOrFolder) {
  good("convert " + kDemo + "model.h5 " + file("m.json") + " --format json");
  std::filesystem::create_directory(file("weights"));
  good("convert " + kDemo + "model.h5 " + file("weights") + " --format checkpoint");
  const auto predict = "predict " + file("m.json") + " --input " + kDemo + "more_x.npy --output " + file("y.npy");
  good(predict + " --weights " + file("weights"));
  std::filesystem::create_directory(file("folder"));
  train::Checkpoint({{"model", models::load_model(kDemo + "model.h5")}}).save(file("folder/c"));
  EXPECT_EQ(run(predict + " --weights " + file("folder")).code, 1);  // its root is no model: nothing matches
  good("convert " + kDemo + "model.h5 " + file("folder/d") + " --format checkpoint");
  good(predict + " --weights " + file("folder"));
}

// Restoring is content with what fits; a config's other weights would be fresh ones.
TEST_F(CliCheckpoints, ThatLeaveWeightsWithoutValuesAreRefused) {
  const auto x = Input({4});
  const auto first = Dense(3)(x);
  Functional(x, first)->save_weights(file("first"));
  write_file(file("m.json"), Functional(x, Dense(2, {.name = "last"})(first))->to_json());
  const auto convert = "convert " + file("m.json") + " " + file("m.h5") + " --format h5 --weights ";
  const auto result = run(convert + file("first"));
  EXPECT_EQ(result.code, 1);
  EXPECT_THAT(result.err, HasSubstr("first has no values for 2 of the 4 weights of "));
  EXPECT_THAT(result.err, HasSubstr("last/kernel, last/bias"));
  EXPECT_FALSE(std::filesystem::exists(file("m.h5")));
}

}  // namespace
