// BackupAndRestore: a training that was stopped anywhere ends as one that was not.
#include <gmock/gmock.h>

#include <filesystem>

#include "keras/callbacks/cases.h"
#include "support/files.h"
#include "support/temp_dir.h"

namespace hornbeam::callbacks_test {
namespace {

struct Stopped {};

// Stops the process, as far as a training can tell, after so many batches.
class PowerCut final : public Callback {
 public:
  explicit PowerCut(std::int64_t batches) : left_(batches) {}
  void on_train_batch_begin(std::int64_t, Logs&) override {
    if (left_-- == 0) throw Stopped();
  }

 private:
  std::int64_t left_;
};

ModelRef dropping(const char* target) {
  backend::clear_session();
  utils::set_random_seed(5);
  const auto x = Input({5}, {.name = "x"});
  Values h = Dense(6, {.activation = "tanh"})(x);
  h = BatchNormalization()(Dropout(0.3)(h));
  const Functional model(x, Dense(2)(h));
  model->set_target(target);
  model->compile({.optimizer = "adam", .loss = "mse", .metrics = {"mae"}});
  return model;
}

struct Result {
  std::vector<Tensor> weights;
  History history;
};

// Shuffled, with dropout, and callbacks that remember. `cut`: after how many batches of this process it stops.
std::optional<Result> train(const char* target, const std::string& folder, std::optional<std::int64_t> cut,
                            callbacks::SaveFreq freq, bool dataset) {
  const auto model = dropping(target);
  const auto x = wave({23, 5}), y = wave({23, 2}, 1);
  FitOptions o{.batch_size = 4, .epochs = 5, .verbose = 0};
  o.callbacks = {
      callbacks::ReduceLROnPlateau({.monitor = "loss", .factor = 0.5, .patience = 1, .mode = "max"}),
      callbacks::EarlyStopping({.monitor = "loss", .patience = 50, .mode = "min", .restore_best_weights = true})};
  if (!folder.empty()) o.callbacks.push_back(callbacks::BackupAndRestore(folder + "/backup", {.save_freq = freq}));
  if (cut) o.callbacks.push_back(std::make_shared<PowerCut>(*cut));
  if (!cut && !folder.empty()) o.callbacks.push_back(std::make_shared<PowerCut>(1000));
  try {
    Result result;
    if (dataset) {
      const auto batches = Dataset::from_sequence(6, [&](std::int64_t i) {
        return Batch{.x = wave({4, 5}, static_cast<double>(i)), .y = ops::random_normal({4, 2})};
      });
      result.history = model->fit(batches, o);
    } else {
      o.validation_split = 0.2;
      result.history = model->fit(x, y, o);
    }
    result.weights = model->get_weights();
    return result;
  } catch (const Stopped&) {
    return std::nullopt;
  }
}

void expect_same_bits(const Result& a, const Result& b) {
  ASSERT_EQ(a.weights.size(), b.weights.size());
  for (std::size_t i = 0; i < a.weights.size(); ++i) {
    const auto x = a.weights[i].data<float>(), y = b.weights[i].data<float>();
    EXPECT_TRUE(std::equal(x.begin(), x.end(), y.begin(), y.end())) << i;
  }
  EXPECT_EQ(a.history.to_json(), b.history.to_json());
}

TEST(BackupAndRestore, GoesOnToTheSameBits) {
  for (const char* target : {"tf2.2", "tf2.15", "keras3"}) {
    for (const bool dataset : {false, true}) {
      const auto whole = train(target, "", {}, "epoch", dataset);
      for (const callbacks::SaveFreq& freq :
           {callbacks::SaveFreq("epoch"), callbacks::SaveFreq(1), callbacks::SaveFreq(3)}) {
        SCOPED_TRACE(std::string(target) + (dataset ? " dataset " : " arrays ") + freq.to_string());
        const testing_support::TempDir folder;
        std::optional<Result> done;
        // Each process does a few batches more than a backup takes.
        for (std::int64_t cut = 7; cut < 40 && !done; cut += 3)
          done = train(target, folder.file(""), cut, freq, dataset);
        ASSERT_TRUE(done);
        expect_same_bits(*whole, *done);
        EXPECT_FALSE(std::filesystem::exists(folder.file("backup")));
      }
    }
  }
}

std::string error_of_fit(const ModelRef& model, const std::string& folder, FitOptions o, std::int64_t rows = 8) {
  o.verbose = 0;
  o.callbacks.push_back(callbacks::BackupAndRestore(folder));
  try {
    model->fit(wave({rows, 5}), wave({rows, 2}), o);
  } catch (const Error& error) {
    return error.report();
  }
  return "no error";
}

TEST(BackupAndRestore, RefusesWhatItDidNotMake) {
  const testing_support::TempDir folder;
  const auto path = folder.file("backup");
  const auto make = [&] {
    const auto model = dropping("tf2.15");
    model->fit(wave({8, 5}), wave({8, 2}),
               {.verbose = 0, .callbacks = {callbacks::BackupAndRestore(path, {.delete_checkpoint = false})}});
  };
  make();
  const auto kept = testing_support::read_file(path + "/training.npz");
  EXPECT_THAT(error_of_fit(model_of("tf-2.15.1", 0.1, "mae"), path, {}), testing::HasSubstr("those of another"));
  EXPECT_THAT(error_of_fit(dropping("tf2.15"), path, {}, 9), testing::HasSubstr("8 samples in batches of 32"));
  EXPECT_THAT(error_of_fit(dropping("tf2.15"), path, {.batch_size = 4}), testing::HasSubstr("in batches of"));
  EXPECT_THAT(error_of_fit(dropping("tf2.15"), path, {.callbacks = {callbacks::TerminateOnNaN()}}),
              testing::HasSubstr("callbacks"));
  // Each truncation is an error, not a crash, and nothing is trained from it.
  for (std::size_t size = 0; size < kept.size(); size += 97) {
    testing_support::write_file(path + "/training.npz", kept.substr(0, size));
    const auto model = dropping("tf2.15");
    const auto before = model->get_weights()[0].data<float>()[0];
    EXPECT_NE(error_of_fit(model, path, {}), "no error") << size;
    EXPECT_EQ(model->get_weights()[0].data<float>()[0], before);
  }
}

TEST(BackupAndRestore, SaysWhatIsWrongInKerassWords) {
  const auto message = [](const std::string& folder, callbacks::SaveFreq freq) -> std::string {
    try {
      callbacks::BackupAndRestore(folder, {.save_freq = freq});
    } catch (const Error& error) {
      return error.report();
    }
    return "no error";
  };
  EXPECT_EQ(message("", "epoch"), "ValueError: Empty `backup_dir` argument passed");
  EXPECT_EQ(
      message("b", "often"),
      "ValueError: Invalid value for argument `save_freq`. Received: save_freq=often. Expected either 'epoch' or an "
      "integer value.");
}

}  // namespace
}  // namespace hornbeam::callbacks_test
