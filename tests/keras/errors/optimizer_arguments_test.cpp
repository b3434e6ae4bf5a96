// Optimizers of the arguments in errors.json ("optimizer"), made and called for a step: each Keras refuses or takes
// them.
#include <map>
#include <set>
#include <string>

#include "keras/optimizers/recorded_optimizers.h"

using namespace hornbeam;
using namespace hornbeam::testing_support;

namespace {

// Taken here, though some Keras refuses it.
const std::map<std::string, const char*> kTaken = {
    {"tf-2.2.3 legacy_sgd_rate_none", "null is the default, as old Kerases wrote it"},
    {"tf-2.15.1 legacy_sgd_rate_none", "null is the default, as old Kerases wrote it"},
    {"tf-2.15.1 new_sgd_rate_none", "null is the default, as old Kerases wrote it"},
    {"tf-2.15.1 new_adam_epsilon_none", "null is the default, as old Kerases wrote it"},
    {"keras-3.15.1 new_sgd_rate_none", "null is the default, as old Kerases wrote it"},
    {"keras-3.15.1 new_adam_epsilon_none", "null is the default, as old Kerases wrote it"},
    {"tf-2.2.3 legacy_sgd_unknown_none", "null says nothing: told in the load report"},
    {"tf-2.15.1 legacy_sgd_unknown_none", "null says nothing: told in the load report"},
    {"tf-2.15.1 new_sgd_unknown_none", "null says nothing: told in the load report"},
    {"keras-3.15.1 new_sgd_unknown_none", "null says nothing: told in the load report"},
    {"tf-2.2.3 legacy_sgd_global_clipnorm", "read as 2.15's legacy one"},
    {"tf-2.2.3 legacy_sgd_clipvalue_and_global", "read as 2.15's legacy one"},
    {"keras-3.15.1 new_sgd_jit_compile", "2.15's, without effect"},
};
// Refused here alone.
const std::map<std::string, const char*> kRefused = {
    {"tf-2.15.1 new_sgd_rate_list", "a list is no learning rate"},
    {"keras-3.15.1 new_muon_layers", "Python takes a text for the list of its letters"},
};
// Refused by both, where Keras's words are Python's or TensorFlow's own, or of what comes of a call later.
const std::set<std::string> kOwnWords = {
    "legacy_sgd_rate_text", "legacy_sgd_rate_list", "legacy_sgd_rate_dict", "new_sgd_rate_text", "new_sgd_rate_dict",
    "legacy_sgd_clipnorm_text", "legacy_sgd_clipvalue_text", "legacy_sgd_decay_text", "new_sgd_clipnorm_text",
    "new_sgd_clipvalue_text", "new_sgd_weight_decay_text", "new_sgd_loss_scale_text", "legacy_sgd_momentum_text",
    "new_sgd_momentum_text", "legacy_rmsprop_rho_text", "new_rmsprop_rho_text", "legacy_adam_beta_text",
    "new_adam_beta_text", "legacy_adam_epsilon_text", "new_adam_epsilon_text", "new_sgd_two_unknown",
    "new_lion_beta_zero", "new_lion_beta_large", "new_adamw_decay_none", "new_sgd_decay_text",
    // 2.15's legacy one is read, which refuses it otherwise.
    "legacy_sgd_global_clipnorm_negative", "legacy_sgd_clipnorm_and_global", "legacy_sgd_three_clips"};

// Without what a later Keras adds to the same words.
std::string words_of(const std::string& message) {
  auto end = message.size();
  for (const auto* mark : {". Allowed kwargs", " Received: momentum"}) end = std::min(end, message.find(mark));
  return message.substr(0, end);
}

void make_and_step(const std::string& name, const std::string& producer, const Config& object) {
  auto config = object.at("config");
  // As configs say whose they are.
  if (producer != "keras-3.15.1") {
    config.set("is_legacy_optimizer", name.starts_with("legacy"));
  } else if (!config.has("loss_scale_factor")) {
    config.set("loss_scale_factor", nullptr);
  }
  const auto optimizer = Optimizer::from_config(Config{{"class_name", object.at("class_name")}, {"config", config}});
  const auto variable = std::make_shared<VariableNode>("v", Tensor::from<float>({2}, {1, 1}), true);
  optimizer->apply_gradients({Tensor::from<float>({2}, {1, 1})}, {variable});
}

}  // namespace

TEST(OptimizerArguments, AreRefusedAsEachKerasRefusesThem) {
  const auto all = Config::parse(read_file(test_data("keras") + "/errors.json"));
  std::set<std::string> seen;
  int rows = 0;
  for (const auto& [name, row] : all.as_dict()) {
    if (!row.has("optimizer")) continue;
    for (const auto* producer : kProducers) {
      const auto* answer = row.find(producer);
      if (!answer) continue;
      const auto key = std::string(producer) + " " + name;
      SCOPED_TRACE(key + " " + row.at("call").as_string());
      const TargetScope scope(target_of(producer));
      const bool refused = answer->has("error");
      EXPECT_TRUE(refused || !kTaken.contains(key));
      EXPECT_TRUE(!refused || !kRefused.contains(key));
      seen.insert(key);
      seen.insert(name);
      ++rows;
      try {
        make_and_step(name, producer, row.at("optimizer"));
        EXPECT_EQ(refused, kTaken.contains(key)) << "nothing was thrown instead of " << answer->dump();
      } catch (const Error& error) {
        EXPECT_NE(refused, kRefused.contains(key)) << error.report();
        EXPECT_FALSE(kTaken.contains(key)) << error.report();
        if (!refused || kOwnWords.contains(name)) continue;
        EXPECT_EQ(error.kind(), answer->at("error").as_string()) << error.what();
        const auto words = words_of(answer->at("message").as_string());
        EXPECT_TRUE(std::string(error.what()).starts_with(words)) << error.report() << "\ninstead of " << words;
      }
    }
  }
  EXPECT_EQ(rows, 290);
  for (const auto& [key, why] : kTaken) EXPECT_TRUE(seen.contains(key)) << key;
  for (const auto& [key, why] : kRefused) EXPECT_TRUE(seen.contains(key)) << key;
  for (const auto& name : kOwnWords) EXPECT_TRUE(seen.contains(name)) << name;
}
