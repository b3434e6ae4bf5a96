// Errors begin with Keras's words: 2.2's, or those of the first later version that refuses the call.
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

#include "hornbeam/hornbeam.hpp"
#include "keras/errors/recorded_errors.h"
#include "support/files.h"
#include "support/test_data.h"

using namespace hornbeam;
using namespace hornbeam::testing_support;

namespace {

// Calls of errors.json that cannot be made here, or that are no mistake.
const std::map<std::string, const char*> kNotHere = {
    {"add_not_a_layer", "does not compile"},
    {"sequential_of_text", "does not compile"},
    {"layer_on_text", "does not compile"},
    {"dense_units_text", "does not compile"},
    {"dense_units_float", "does not compile"},
    {"conv_kernel_text", "does not compile"},
    {"relu_threshold_none", "does not compile"},
    {"repeat_vector_text", "does not compile"},
    {"zero_padding_text", "does not compile"},
    {"input_two_shapes", "does not compile"},
    {"input_no_shape", "does not compile"},
    {"get_layer_nothing", "does not compile"},
    {"get_layer_both", "does not compile"},
    {"layer_output_many_nodes", "no mistake: the first call's"},
    {"layer_input_many_nodes", "no mistake: the first call's"},
    {"initializer_dtype", "no mistake"},
    {"predict_empty", "no mistake: an empty batch gives an empty result"},
    {"save_missing_folder", "no mistake: missing folders are made"},
    {"save_weights_missing_folder", "no mistake: missing folders are made"},
    {"fit_no_loss_regularized", "no mistake"},
    {"fit_no_loss_added", "no mistake"},
    {"custom_layer_no_get_config", "a constructor's arguments are not known here"},
    {"rnn_of_no_states", "does not compile"},
    {"time_distributed_no_layer", "does not compile"},
};

struct Answer {
  std::string kind, message;
};

// Python prints objects into its texts: what stands before them is compared. Nor is it what Keras tells about the call
// around an error.
std::string without_objects(std::string message) {
  if (message.starts_with("Exception encountered when calling")) message.erase(0, message.find("\n\n") + 2);
  auto end = message.size();
  for (const auto* mark : {"<tf.", "Tensor(", "[array(", "TensorShape(", "'{{node", " [Op:", "<KerasTensor",
                           "tf.Tensor(", "\n\nCall arguments received", "\n\nArguments received"}) {
    end = std::min(end, message.find(mark));
  }
  return message.substr(0, end);
}

Answer recorded(const Config& call) {
  for (const auto* producer : {"tf-2.2.3", "tf-2.15.1", "keras-3.15.1"}) {
    const auto* answer = call.find(producer);
    if (!answer || !answer->has("error")) continue;
    return {answer->at("error").as_string(), without_objects(answer->get_string("message", ""))};
  }
  return {};
}

const Config& errors() {
  static const auto all = Config::parse(read_file(test_data("keras") + "/errors.json"));
  return all;
}

std::vector<WrongCall> all_calls() {
  std::vector<WrongCall> all;
  for (const auto& some : {wrong_names(), wrong_shapes(), wrong_graphs(), wrong_weights(), wrong_files(),
                           wrong_arguments(), wrong_conv(), wrong_recurrent(), wrong_attention(), wrong_image(),
                           wrong_preprocessing(), wrong_configs(), wrong_merges_and_values()}) {
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

class RecordedErrors : public testing::TestWithParam<WrongCall> {};

TEST_P(RecordedErrors, BeginWithKerasWords) {
  const auto& wrong = GetParam();
  ASSERT_TRUE(errors().has(wrong.name)) << "errors.json has no such call";
  auto want = recorded(errors().at(wrong.name));
  if (*wrong.ours) want.message = wrong.ours;
  backend::clear_session();
  try {
    wrong.call();
    FAIL() << "nothing was thrown instead of " << want.kind << ": " << want.message;
  } catch (const Error& error) {
    const std::string text = error.what();
    EXPECT_TRUE(text.starts_with(want.message))
        << "got:  " << error.report() << "\nwant: " << want.kind << ": " << want.message;
    if (!*wrong.ours) {
      EXPECT_EQ(error.kind(), want.kind) << text;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Keras, RecordedErrors, testing::ValuesIn(all_calls()),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(Errors, EveryRecordedCallIsMadeOrAccountedFor) {
  std::set<std::string> made;
  for (const auto& wrong : all_calls()) EXPECT_TRUE(made.insert(wrong.name).second) << wrong.name;
  for (const auto& [name, call] : errors().as_dict()) {
    if (call.has("optimizer")) continue;  // optimizer_arguments_test.cpp
    EXPECT_NE(made.contains(name), kNotHere.contains(name)) << name << ": " << call.at("call").as_string();
  }
}

}  // namespace
