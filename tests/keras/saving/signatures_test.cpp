// Signatures that the user gives; what they are called is as TensorFlow 2.2.3 and 2.15.1 call them. Real ones run them
// in tests/reverse/open_signatures.py.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "formats/saved_model/saved_model.h"
#include "hornbeam/hornbeam.hpp"
#include "hornbeam/saved_model.hpp"
#include "support/temp_dir.h"

namespace hornbeam {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing_support::TempDir;
namespace sm = formats::saved_model;

using Inputs = std::vector<Tensor>;

const std::vector<SignatureInput> kScalar{{"a", DType::float32, {}}};

class SignaturesTest : public ::testing::Test {
 protected:
  static ModelRef make_model() {
    backend::clear_session();
    utils::set_random_seed(5);
    const auto x = Input({4}, {.name = "x"});
    return ModelRef(Functional(x, Dense(3, {.name = "d"})(x), {.name = "m"}));
  }

  SignatureFunction scaled() const {
    return {{{"rows", DType::float32, {None, 4}}, {"factor", DType::float32, {}}}, [this](const Inputs& in) -> Values {
              return {{"scaled", model_(in[0]).tensor() * in[1]}, {"last", ops::reduce_sum(in[0])}};
            }};
  }
  SignatureFunction pair() const {
    return {{{"z", DType::float32, {None, 4}}}, [this](const Inputs& in) -> Values {
              return {Values(model_(in[0])), Values(in[0])};
            }};
  }
  std::string error_with(const Signatures& signatures) const {
    try {
      model_->save(dir_.file("m"), {.signatures = signatures, .target = "tf2.2"});
    } catch (const Error& error) {
      return error.report();
    }
    return "no error";
  }
  std::string error_giving(const Values& outputs) const {
    return error_with({{"u", SignatureFunction(kScalar, [&](const Inputs&) { return outputs; })}});
  }

  TempDir dir_;
  ModelRef model_ = make_model();
};

using Names = std::vector<std::pair<std::string, std::string>>;

Names names_of(const std::vector<std::pair<std::string, sm::TensorInfo>>& tensors) {
  Names names;
  for (const auto& [name, info] : tensors) names.emplace_back(name, info.name);
  return names;
}

TEST_F(SignaturesTest, AreCalledByNameWithTheModelsNumbers) {
  const auto path = dir_.file("m");
  model_->save(path, {.signatures = {{"scaled", scaled()}, {"pair", pair()}}});
  const auto loaded = saved_model::load(path);
  EXPECT_THAT(loaded->signatures(), ElementsAre("pair", "scaled"));
  EXPECT_THAT(loaded->argument_names("scaled"), ElementsAre("factor", "rows"));
  const auto x = ops::random_normal({2, 4}, {.seed = 1});
  const auto y = model_->predict(x).tensor();
  const auto got = loaded->run("scaled", {{"rows", x}, {"factor", Tensor::scalar(3.0F)}});
  ASSERT_EQ(got.size(), 2U);
  for (std::size_t i = 0; i < y.data<float>().size(); ++i) {
    EXPECT_NEAR(got.at("scaled").data<float>()[i], 3 * y.data<float>()[i], 1e-5);
  }
  EXPECT_NEAR(got.at("last").item<float>(), ops::reduce_sum(x).item<float>(), 1e-5);
  const auto two = loaded->run("pair", {{"z", x}});
  EXPECT_EQ(two.at("output_0").shape(), Shape({2, 3}));
  EXPECT_EQ(two.at("output_1").data<float>()[5], x.data<float>()[5]);
}

TEST_F(SignaturesTest, TensorsOfTheGraphAreNamedAsTensorFlowDoes) {
  const auto path = dir_.file("m");
  model_->save(path, {.signatures = {{"scaled", scaled()}, {"pair", pair()}, {"odd name!", pair()}}});
  const auto file = sm::SavedModel::open(path);
  ASSERT_EQ(file->signatures().size(), 4U);  // "__saved_model_init_op" first
  const auto &odd = file->signatures()[1], &two = file->signatures()[2], &scaled = file->signatures()[3];
  EXPECT_EQ(odd.key, "odd name!");
  EXPECT_EQ(names_of(odd.inputs), (Names{{"z", "odd_name__z:0"}}));
  EXPECT_EQ(names_of(two.inputs), (Names{{"z", "pair_z:0"}}));
  EXPECT_EQ(names_of(two.outputs),
            (Names{{"output_0", "StatefulPartitionedCall_1:0"}, {"output_1", "StatefulPartitionedCall_1:1"}}));
  EXPECT_EQ(names_of(scaled.inputs), (Names{{"factor", "scaled_factor:0"}, {"rows", "scaled_rows:0"}}));
  EXPECT_EQ(names_of(scaled.outputs),
            (Names{{"last", "StatefulPartitionedCall_2:0"}, {"scaled", "StatefulPartitionedCall_2:1"}}));
  EXPECT_EQ(scaled.method, "tensorflow/serving/predict");
}

TEST_F(SignaturesTest, OneFunctionIsWhatIsServed) {
  const auto path = dir_.file("m");
  model_->save(path, {.signatures = pair(), .save_traces = false});
  EXPECT_THAT(saved_model::load(path)->signatures(), ElementsAre("serving_default"));
  model_->save(path, {.signatures = Signatures(Signatures::Map{})});
  EXPECT_THAT(saved_model::load(path)->signatures(), IsEmpty());
  model_->save(path);
  EXPECT_THAT(saved_model::load(path)->argument_names("serving_default"), ElementsAre("x"));
}

TEST_F(SignaturesTest, NoInputsAndInputsOfOneName) {
  const auto path = dir_.file("m");
  const SignatureFunction nothing({}, [](const Inputs&) { return Values(Tensor::scalar(3.0F)); });
  const SignatureFunction same({{"a", DType::float32, {}}, {"a", DType::float32, {}}},
                               [](const Inputs& in) { return Values(in[0] - in[1]); });
  model_->save(path, {.signatures = {{"nothing", nothing}, {"same", same}}});
  const auto loaded = saved_model::load(path);
  EXPECT_EQ(loaded->run("nothing", {}).at("output_0").item<float>(), 3);
  EXPECT_EQ(
      loaded->run("same", {{"a", Tensor::scalar(5.0F)}, {"a_1", Tensor::scalar(2.0F)}}).at("output_0").item<float>(),
      3);
}

TEST_F(SignaturesTest, WhatIsNoneIsRefused) {
  EXPECT_THAT(error_with(SignatureFunction()),
              HasSubstr("ValueError: Expected a TensorFlow function to generate a signature for, but got none"));
  EXPECT_THAT(error_with({{"__saved_model_init_op", pair()}}),
              HasSubstr("'__saved_model_init_op' is not a valid scope name"));
  EXPECT_THAT(error_giving(Values(Values::Dict{{"x", Values(Values::Dict{{"z", Values(Tensor::scalar(1.0F))}})}})),
              HasSubstr("Dictionaries outputs for functions used as signatures should have one Tensor output per "
                        "string key."));
  EXPECT_THAT(error_giving(Values(Values::List{Values(Tensor::scalar(1.0F)), Values(Values::List{})})),
              HasSubstr("Signatures have one Tensor per output, so to have predictable names"));
  EXPECT_THAT(error_giving(Values()), HasSubstr("Got a non-Tensor value None for key 'output_0'"));
  const auto stray = std::make_shared<VariableNode>("stray", Tensor::scalar(2.0F), true);
  EXPECT_THAT(
      error_with({{"u", SignatureFunction(kScalar, [&](const Inputs& in) { return Values(in[0] * Tensor(stray)); })}}),
      HasSubstr("Tried to export a function which references untracked"));
}

TEST_F(SignaturesTest, LoadingAndOtherFormatsTellWhatTheyLeaveOut) {
  const auto path = dir_.file("m");
  model_->save(path, {.signatures = {{"scaled", scaled()}}});
  LoadReport loaded;
  const auto again = models::load_model(path, {.report = &loaded});
  EXPECT_THAT(loaded.notes, ::testing::Contains(HasSubstr("signatures 'scaled'")));
  again->save(path);
  EXPECT_THAT(saved_model::load(path)->signatures(), ElementsAre("serving_default"));
  SaveReport saved;
  model_->save(dir_.file("m.h5"), {.signatures = {{"scaled", scaled()}}, .report = &saved});
  EXPECT_THAT(saved.dropped, ElementsAre("signatures: only SavedModels have them"));
}

// TensorFlow takes either.
TEST_F(SignaturesTest, ArgumentsGoByTheFilesNamesOrPythons) {
  const auto x = Input({2}, {.name = "CDR2.5"});
  const ModelRef model(Functional(x, Dense(1, {.name = "out"})(x)));
  model->save(dir_.file("named"), {.target = "tf2.15"});
  const auto loaded = saved_model::load(dir_.file("named"));
  EXPECT_THAT(loaded->argument_names("serving_default"), ElementsAre("CDR2.5"));
  const auto ones = ops::ones({1, 2});
  const auto by_file = loaded->run("serving_default", {{"CDR2.5", ones}}).at("out");
  const auto by_python = loaded->run("serving_default", {{"CDR2_5", ones}}).at("out");
  EXPECT_EQ(by_file.item<float>(), by_python.item<float>());
}

}  // namespace
}  // namespace hornbeam
