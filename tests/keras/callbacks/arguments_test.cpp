// Every callback that a Keras exports, argument by argument (tools/record/record_callback_arguments.py): what is not
// here is named in docs/limits.md.
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

#include "hornbeam/config.hpp"
#include "support/files.h"
#include "support/test_data.h"

namespace hornbeam {
namespace {

// Those of include/hornbeam/callbacks.hpp. The recordings, and the tests beside this one, use each.
const std::map<std::string, std::set<std::string>> kHere{
    {"BackupAndRestore", {"backup_dir", "save_freq", "double_checkpoint", "delete_checkpoint"}},
    {"CSVLogger", {"filename", "separator", "append"}},
    {"Callback", {}},
    {"EarlyStopping",
     {"monitor", "min_delta", "patience", "verbose", "mode", "baseline", "restore_best_weights", "start_from_epoch"}},
    {"LambdaCallback",
     {"on_epoch_begin", "on_epoch_end", "on_train_begin", "on_train_end", "on_train_batch_begin", "on_train_batch_end",
      "on_batch_begin", "on_batch_end"}},
    {"LearningRateScheduler", {"schedule", "verbose"}},
    {"ModelCheckpoint",
     {"filepath", "monitor", "verbose", "save_best_only", "save_weights_only", "mode", "save_freq",
      "initial_value_threshold", "load_weights_on_restart", "period"}},
    {"ProgbarLogger", {}},
    {"ReduceLROnPlateau", {"monitor", "factor", "patience", "verbose", "mode", "min_delta", "cooldown", "min_lr"}},
    {"SwapEMAWeights", {"swap_on_epoch"}},
    {"TensorBoard",
     {"log_dir", "histogram_freq", "write_graph", "write_images", "write_steps_per_second", "update_freq",
      "embeddings_freq", "embeddings_metadata"}},
    {"TerminateOnNaN", {"raise_error"}},
};

TEST(CallbackArguments, AreHereOrNamedInLimits) {
  const auto limits = testing_support::read_file(test_data("keras") + "/../../../docs/limits.md");
  const auto is_named = [&](const std::string& what) { return limits.find("| `" + what + "` |") != limits.npos; };
  std::set<std::string> all;
  for (const char* producer : {"tf-2.2.3", "tf-2.15.1", "tf_keras-2.21.0", "keras-3.15.1"}) {
    const auto path = test_data("keras") + "/callback_arguments/" + producer + ".json";
    const auto recorded = Config::parse(testing_support::read_file(path), path);
    for (const auto& [name, arguments] : recorded.as_dict()) {
      const auto here = kHere.find(name);
      all.insert(name);
      if (here == kHere.end()) {
        EXPECT_TRUE(is_named(name)) << producer << " " << name;
        continue;
      }
      EXPECT_FALSE(is_named(name)) << name << " is here";
      for (const auto& argument : arguments.as_list()) {
        const auto what = name + "." + argument.as_string();
        EXPECT_NE(here->second.contains(argument.as_string()), is_named(what)) << producer << " " << what;
      }
    }
  }
  EXPECT_EQ(all.size(), 18U);
}

}  // namespace
}  // namespace hornbeam
