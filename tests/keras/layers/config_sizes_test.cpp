// Numbers in configs whose products are sizes: what no dim can be is an error in Keras's words, whatever it would wrap
// to.
#include "base/memory_limit.h"
#include "hornbeam/hornbeam.hpp"
#include "keras/recorded.h"
#include "ops/op_def.h"

using namespace hornbeam;
using namespace hornbeam::layers;

namespace {

struct Case {
  const char* name;
  const char* layer;  // its class and config
  Shape shape;
  const char* says;
};
std::ostream& operator<<(std::ostream& out, const Case& c) { return out << c.name; }

class ConfigSizes : public testing::TestWithParam<Case> {};

TEST_P(ConfigSizes, AreRefusedWhenTheyDoNotFit) {
  try {
    const auto layer = layers::deserialize(Config::parse(GetParam().layer));
    layer->operator()(InputLayer::create(GetParam().shape, DType::float32, "x"));
    FAIL() << "was taken";
  } catch (const Error& error) {
    EXPECT_NE(error.report().find(GetParam().says), std::string::npos) << error.report();
  }
}

constexpr const char* kOutOfRange = "Can't convert Python sequence with out-of-range integer to Tensor.";
INSTANTIATE_TEST_SUITE_P(
    Layers, ConfigSizes,
    testing::Values(
        Case{"LSTM", R"({"class_name": "LSTM", "config": {"units": 4611686018427387904}})", {None, 3, 4}, kOutOfRange},
        Case{"GRU", R"({"class_name": "GRU", "config": {"units": 4611686018427387904}})", {None, 3, 4}, kOutOfRange},
        Case{"ConvLSTM",
             R"({"class_name": "ConvLSTM2D", "config": {"filters": 4611686018427387904, "kernel_size": 1}})",
             {None, 3, 4, 4, 1},
             kOutOfRange},
        Case{"Separable",
             R"({"class_name": "SeparableConv2D",
                 "config": {"filters": 1, "kernel_size": 1, "depth_multiplier": 2305843009213693952}})",
             {None, 3, 4, 8},
             kOutOfRange},
        Case{"Flatten", R"({"class_name": "Flatten", "config": {}})", {None, 1LL << 40, 1LL << 40}, kOutOfRange},
        Case{"Causal",
             R"({"class_name": "Conv1D", "config": {"filters": 1, "kernel_size": 8, "padding": "causal",
                 "dilation_rate": 2305843009213693952}})",
             {None, 3, 4},
             kOutOfRange},
        Case{"Cropping",
             R"({"class_name": "Cropping1D", "config": {"cropping": [4611686018427387904, 4611686018427387904]}})",
             {None, 3, 4},
             kOutOfRange},
        Case{"Iterations",
             R"({"class_name": "SpectralNormalization", "config": {"power_iterations": 4611686018427387904,
                 "layer": {"class_name": "Dense", "config": {"units": 2}}}})",
             {None, 3},
             "more than 10000"},
        Case{"Unrolled",
             R"({"class_name": "LSTM", "config": {"units": 1, "unroll": true}})",
             {None, 1LL << 26, 1},
             "more than 100000"},
        Case{"Chains",
             R"({"class_name": "AugMix", "config": {"num_chains": 1000, "chain_depth": 1000}})",
             {None, 4, 4, 3},
             "between 0 and 1000"},
        Case{"ReshapeOfAScalar",
             R"({"class_name": "Reshape", "config": {"target_shape": [1]}})",
             {},
             "tuple index out of range"},
        Case{"ReshapeOfAScalarToAnything",
             R"({"class_name": "Reshape", "config": {"target_shape": [-1]}})",
             {},
             "tuple index out of range"}),
    [](const auto& of) { return of.param.name; });

class BatchShapes : public testing::TestWithParam<const char*> {};

TEST_P(BatchShapes, AreLists) {
  const auto config = Config::parse(std::string(R"({"class_name": "InputLayer", "config": {"dtype": "float32",
      "name": "x", "batch_shape": )") +
                                    GetParam() + "}}");
  EXPECT_THROW(layers::deserialize(config), ValueError);
}
INSTANTIATE_TEST_SUITE_P(Kinds, BatchShapes, testing::Values("null", "7", "\"x\"", "{}", "NaN", "true"));

TEST(NGramsOfText, OfMoreMemoryThanThereIsAreAnError) {
  const base::MemoryOfTest small(1 << 20);
  const std::vector<std::string> words(6000, "word");
  const Attrs attrs{{"separator", std::string(" ")}, {"ngram_widths", std::vector<std::int64_t>{1024}},
                    {"left_pad", std::string()},     {"right_pad", std::string()},
                    {"pad_width", std::int64_t{0}},  {"preserve_short_sequences", false}};
  EXPECT_THROW(call_op("StringNGrams",
                       {Tensor::from<std::string>({6000}, words), Tensor::from<std::int64_t>({2}, {0, 6000})}, attrs),
               InvalidArgumentError);
}

// tf.keras 2.15 takes more batch dims than one, as TimeDistributed would; 2.2 and Keras 3 refuse them.
TEST(BatchDims, OfAConvolutionAreFoldedInTf215) {
  for (const bool first : {false, true}) {
    const TargetScope scope(Target::tf215);
    const Conv1D layer(3, 2, {.padding = first ? "causal" : "same", .activation = "relu"});
    const auto x = ops::reshape(ops::cast(ops::range(0, 72), DType::float32), Shape{2, 3, 4, 3});
    const Tensor y = layer(x);
    const Tensor expected = TimeDistributed(layer)(x);
    EXPECT_EQ(y.shape(), (Shape{2, 3, 4, 3}));
    testing_support::expect_close(y, expected, 1e-6, 1e-6, "y");
    const auto in = Input({None, 4, 3});
    const Tensor symbolic = layer(in);
    EXPECT_EQ(symbolic.shape(), (Shape{None, None, 4, 3}));
    testing_support::expect_close(Functional(in, symbolic)->predict(x).tensor(), expected, 1e-6, 1e-6, "predicted");
  }
  const TargetScope scope(Target::tf22);
  EXPECT_THROW(Conv1D(3, 2)(Tensor::zeros(DType::float32, {2, 3, 4, 3})), ValueError);
}

}  // namespace
