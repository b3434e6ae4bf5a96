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
                            callbacks::SaveFreq freq, bool dataset, bool prefetched = false) {
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
      auto batches = Dataset::from_sequence(6, [&](std::int64_t i) {
        return Batch{.x = wave({4, 5}, static_cast<double>(i)), .y = ops::random_normal({4, 2})};
      });
      if (prefetched) batches = batches.prefetch(3);
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

TEST(BackupAndRestore, GoesOnWithWhatAThreadDrew) {
  for (const callbacks::SaveFreq& freq : {callbacks::SaveFreq("epoch"), callbacks::SaveFreq(1)}) {
    SCOPED_TRACE(freq.to_string());
    const testing_support::TempDir folder;
    const auto whole = train("tf2.15", "", {}, "epoch", true, true);
    std::optional<Result> done;
    for (std::int64_t cut = 7; cut < 40 && !done; cut += 3) {
      done = train("tf2.15", folder.file(""), cut, freq, true, true);
    }
    ASSERT_TRUE(done);
    expect_same_bits(*whole, *done);
  }
}

// `steps` 0: whole passes. `cut`: as in train; the backup stays.
std::optional<Result> train_on(const char* target, const std::string& folder, std::int64_t epochs, std::int64_t steps,
                               std::optional<std::int64_t> cut = {}) {
  const auto model = dropping(target);
  FitOptions o{.batch_size = 4, .epochs = epochs, .verbose = 0};
  if (steps > 0) o.steps_per_epoch = steps;
  o.callbacks = {callbacks::BackupAndRestore(folder + "/backup", {.save_freq = 1, .delete_checkpoint = false}),
                 std::make_shared<PowerCut>(cut.value_or(1000))};
  try {
    auto history = model->fit(wave({23, 5}), wave({23, 2}, 1), o);
    return Result{model->get_weights(), std::move(history)};
  } catch (const Stopped&) {
    return std::nullopt;
  }
}

TEST(BackupAndRestore, GoesOnForMoreEpochs) {
  for (const char* target : {"tf2.2", "tf2.15", "keras3"}) {
    for (const std::int64_t steps : {0, 4, 7}) {
      SCOPED_TRACE(std::string(target) + " epochs of steps: " + std::to_string(steps));
      const testing_support::TempDir whole_folder, cut_folder, ended_folder;
      const auto whole = train_on(target, whole_folder.file(""), 6, steps);
      ASSERT_FALSE(train_on(target, cut_folder.file(""), 3, steps, 8));
      expect_same_bits(*whole, *train_on(target, cut_folder.file(""), 6, steps));
      ASSERT_TRUE(train_on(target, ended_folder.file(""), 3, steps));
      const auto more = train_on(target, ended_folder.file(""), 6, steps);
      ASSERT_TRUE(more);
      if (steps == 7 && std::string_view(target) != "keras3") {
        // The data of three epochs ended within the third: the others begin with new passes.
        EXPECT_EQ(more->history.epoch, (std::vector<std::int64_t>{0, 1, 2, 3, 4, 5}));
      } else {
        expect_same_bits(*whole, *more);
      }
    }
  }
}

TEST(BackupAndRestore, WhateverIsShown) {
  const testing_support::TempDir folder;
  const auto path = folder.file("backup");
  const auto fit = [&](int verbose, std::int64_t cut) {
    const auto model = dropping("tf2.15");
    testing::internal::CaptureStdout();
    try {
      model->fit(wave({23, 5}), wave({23, 2}, 1),
                 {.batch_size = 4,
                  .epochs = 2,
                  .verbose = verbose,
                  .callbacks = {callbacks::BackupAndRestore(path, {.save_freq = 1}), std::make_shared<PowerCut>(cut)}});
    } catch (const Stopped&) {
    }
    return testing::internal::GetCapturedStdout();
  };
  fit(0, 3);
  const auto shown = fit(2, 1000);
  // An epoch that was begun before has its line too.
  EXPECT_TRUE(shown.starts_with("Epoch 1/2\n6/6")) << shown;
  EXPECT_THAT(shown, testing::HasSubstr("Epoch 2/2\n6/6"));
  fit(2, 3);
  EXPECT_EQ(fit(0, 1000), "");
  EXPECT_FALSE(std::filesystem::exists(path));
}

// Where a model and what else there is stands, but for the backup's own error.
TEST(BackupAndRestore, ABadOneChangesNothing) {
  const testing_support::TempDir folder;
  const auto file = folder.file("backup") + "/training.npz", log = folder.file("log.csv");
  const auto options = [&](const std::shared_ptr<Callback>& stopping) {
    FitOptions o{.batch_size = 4, .epochs = 3, .verbose = 0};
    o.callbacks = {stopping, callbacks::CSVLogger(log),
                   callbacks::BackupAndRestore(folder.file("backup"), {.delete_checkpoint = false})};
    return o;
  };
  const auto stopping = [] {
    return callbacks::EarlyStopping({.monitor = "loss", .patience = 9, .restore_best_weights = true});
  };
  dropping("tf2.15")->fit(wave({23, 5}), wave({23, 2}, 1), options(stopping()));
  const auto good = load_npz(file);
  const auto log_then = testing_support::read_file(log) + "more\r\n";
  testing_support::write_file(log, log_then);
  const auto with_state = [&](const std::string& key, const Config& value) {
    auto all = good;
    for (auto& [name, tensor] : all) {
      if (name != "state") continue;
      auto state = Config::parse(tensor.data<std::string>()[0], "");
      auto* place = &state;
      for (std::size_t from = 0, at = 0; at != key.npos; from = at + 1) {
        at = key.find('/', from);
        const auto part = key.substr(from, at - from);
        if (at == key.npos) {
          place->set(part, value);
        } else {
          place = place->is_list() ? &place->as_list()[std::stoul(part)] : place->find(part);
        }
      }
      tensor = Tensor::from<std::string>({}, {state.dump()});
    }
    return all;
  };
  std::vector<std::pair<std::string, NamedTensors>> bad;
  for (const auto& [key, value] : std::vector<std::pair<std::string, Config>>{{"epoch", -1},
                                                                              {"epoch", "one"},
                                                                              {"step", -2},
                                                                              {"wanted", 1.5},
                                                                              {"stop", "no"},
                                                                              {"generators", Config()},
                                                                              {"generators/shared", Config::list()},
                                                                              {"history", 3},
                                                                              {"epochs", "none"},
                                                                              {"names", 1},
                                                                              {"results", Config::list()},
                                                                              {"source", Config::dict()},
                                                                              {"source/passes", -1},
                                                                              {"source/next", 99},
                                                                              {"callbacks/0/wait", -1},
                                                                              {"callbacks/0/best", "x"},
                                                                              {"callbacks/1/size", -5},
                                                                              {"callbacks/1/keys", 5}}) {
    bad.emplace_back(key + ": " + value.dump(), with_state(key, value));
  }
  auto reshaped = good;
  for (auto& [name, tensor] : reshaped) {
    if (name == "callback/0/1") tensor = Tensor::zeros(DType::float32, {1, 1});
  }
  bad.emplace_back("best weights", reshaped);
  for (const auto& [what, tensors] : bad) {
    SCOPED_TRACE(what);
    save_npz(file, tensors);
    const auto model = dropping("tf2.15");
    const auto before = model->get_weights();
    const auto kept = stopping();
    std::string error;
    utils::set_random_seed(11);
    const auto drawn = ops::random_normal({1}).item<float>();
    utils::set_random_seed(11);
    try {
      model->fit(wave({23, 5}), wave({23, 2}, 1), options(kept));
    } catch (const FormatError& e) {
      error = e.what();
    }
    EXPECT_NE(error, "");
    EXPECT_EQ(ops::random_normal({1}).item<float>(), drawn);
    EXPECT_EQ(testing_support::read_file(log), log_then);
    EXPECT_TRUE(kept->state().tensors.empty());
    const auto after = model->get_weights();
    for (std::size_t i = 0; i < before.size(); ++i) {
      const auto x = before[i].data<float>(), y = after[i].data<float>();
      EXPECT_TRUE(std::equal(x.begin(), x.end(), y.begin(), y.end())) << i;
    }
  }
  // And the good one goes on, after the lines it wrote.
  save_npz(file, good);
  dropping("tf2.15")->fit(wave({23, 5}), wave({23, 2}, 1), options(stopping()));
  EXPECT_EQ(testing_support::read_file(log) + "more\r\n", log_then);
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
