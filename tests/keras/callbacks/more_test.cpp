// What no recording has: hooks of predict, backups of arrays and of swapped weights, two backups, files for
// TensorBoard.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "hornbeam/hornbeam.hpp"
#include "hornbeam/saving.hpp"
#include "keras/callbacks/cases.h"
#include "keras/callbacks/newest_file.h"
#include "support/files.h"
#include "support/temp_dir.h"

namespace hornbeam::callbacks_test {
namespace {

using testing_support::TempDir;

TEST(LambdaCallback, HasTheHooksOfPredict) {
  std::vector<std::string> called;
  callbacks::LambdaCallbackOptions o;
  o.on_predict_begin = [&](Logs&) { called.push_back("begin"); };
  o.on_predict_end = [&](Logs&) { called.push_back("end"); };
  o.on_predict_batch_begin = [&](std::int64_t i, Logs&) { called.push_back("begin " + std::to_string(i)); };
  o.on_predict_batch_end = [&](std::int64_t i, Logs&) { called.push_back("end " + std::to_string(i)); };
  model_of("tf-2.15.1", 0.1, "mae")
      ->predict(wave({5, 5}), {.batch_size = 4, .callbacks = {callbacks::LambdaCallback(o)}});
  EXPECT_THAT(called, testing::ElementsAre("begin", "begin 0", "end 0", "begin 1", "end 1", "end"));
}

// Ends a training from within, as a kill would.
struct CutOff {};
class CutAt final : public Callback {
 public:
  explicit CutAt(std::int64_t batches) : left_(batches) {}
  void on_train_batch_begin(std::int64_t, Logs&) override {
    if (left_-- == 0) throw CutOff();
  }

 private:
  std::int64_t left_;
};

struct Outcome {
  History history;
  std::vector<Tensor> weights;
};

std::optional<Outcome> swapped_training(const std::string& folder, std::int64_t batches,
                                        const callbacks::BackupAndRestoreOptions& backup) {
  utils::set_random_seed(3);
  const auto model = model_of("keras-3.15.1", 0.1, "columns", /*averages=*/true);
  FitOptions o{.batch_size = 4, .epochs = 4, .verbose = 0, .validation_split = 0.3, .validation_freq = {2, 4}};
  o.callbacks = {callbacks::SwapEMAWeights({.swap_on_epoch = true})};
  if (!folder.empty()) o.callbacks.push_back(callbacks::BackupAndRestore(folder, backup));
  o.callbacks.push_back(std::make_shared<CutAt>(batches));
  try {
    auto history = model->fit(wave({14, 5}), wave({14, 2}, 1), o);
    return Outcome{std::move(history), model->get_weights()};
  } catch (const CutOff&) {
    return std::nullopt;
  }
}

void expect_same(const Outcome& a, const Outcome& b) {
  EXPECT_EQ(a.history.to_json(), b.history.to_json());
  for (std::size_t i = 0; i < a.weights.size(); ++i) {
    EXPECT_TRUE(std::ranges::equal(a.weights[i].data<float>(), b.weights[i].data<float>()));
  }
}

TEST(BackupAndRestore, KeepsArraysAndSwappedWeights) {
  const auto whole = swapped_training("", 1000, {});
  for (const callbacks::SaveFreq& freq : {callbacks::SaveFreq("epoch"), callbacks::SaveFreq(1)}) {
    const TempDir folder;
    std::optional<Outcome> done;
    for (int i = 0; i < 12 && !done; ++i) done = swapped_training(folder.file("b"), 4, {.save_freq = freq});
    ASSERT_TRUE(done);
    expect_same(*whole, *done);
  }
}

TEST(BackupAndRestore, GoesOnFromTheOneBeforeADamagedOne) {
  const auto whole = swapped_training("", 1000, {});
  for (const bool two : {true, false}) {
    const TempDir folder;
    const callbacks::BackupAndRestoreOptions o{.save_freq = 1, .double_checkpoint = two};
    ASSERT_FALSE(swapped_training(folder.file("b"), 5, o));
    const auto file = folder.file("b") + "/training.npz";
    EXPECT_EQ(std::filesystem::exists(file + ".bkp"), two);
    std::ofstream(file) << "damaged";
    if (!two) {
      EXPECT_THROW(swapped_training(folder.file("b"), 1000, o), FormatError);
      continue;
    }
    // The only whole one stays until there is another.
    const auto before = testing_support::read_file(file + ".bkp");
    ASSERT_FALSE(swapped_training(folder.file("b"), 1, o));
    EXPECT_EQ(testing_support::read_file(file + ".bkp"), before);
    std::filesystem::remove(file);
    const auto done = swapped_training(folder.file("b"), 1000, o);
    ASSERT_TRUE(done);
    expect_same(*whole, *done);
    EXPECT_FALSE(std::filesystem::exists(folder.file("b")));
  }
}

// Keras 3.15.1 leaves the averages in the model after predict: its on_predict_end asks the wrong way round.
TEST(SwapEMAWeights, PredictsWithTheAveragesAndLeavesTheWeights) {
  const auto model = model_of("keras-3.15.1", 0.1, "mae", /*averages=*/true);
  const auto x = wave({14, 5}), y = wave({14, 2}, 1);
  for (int i = 0; i < 3; ++i) (void)model->train_on_batch(x, y);
  const auto before = model->get_weights();
  const auto swap = callbacks::SwapEMAWeights();
  const auto averaged = model->predict(x, {.callbacks = {swap}}).tensor();
  const auto loss = model->evaluate(x, y, {.verbose = 0, .callbacks = {swap}}).at("loss");
  const auto after = model->get_weights();
  for (std::size_t i = 0; i < before.size(); ++i) {
    EXPECT_TRUE(std::ranges::equal(before[i].data<float>(), after[i].data<float>()));
  }
  EXPECT_FALSE(std::ranges::equal(averaged.data<float>(), model->predict(x).tensor().data<float>()));
  model->optimizer()->finalize_variable_values();
  EXPECT_TRUE(std::ranges::equal(averaged.data<float>(), model->predict(x).tensor().data<float>()));
  EXPECT_EQ(loss, model->evaluate(x, y, {.verbose = 0}).at("loss"));
}

TEST(SwapEMAWeights, OfAnOptimizerThatWasNotBuiltIsRefused) {
  const auto model = model_of("keras-3.15.1", 0.1, "mae", /*averages=*/true);
  try {
    (void)model->evaluate(wave({4, 5}), wave({4, 2}), {.verbose = 0, .callbacks = {callbacks::SwapEMAWeights()}});
    FAIL();
  } catch (const ValueError& error) {
    EXPECT_STREQ(error.what(),
                 "SwapEMAWeights must be used when `use_ema=True` is set on the optimizer. Received: use_ema=True");
  }
}

TEST(SwapEMAWeights, ReachesTheOptimizerInALossScale) {
  const auto model = model_of("keras-3.15.1", 0.1, "mae");
  model->compile({.optimizer = optimizers::LossScaleOptimizer(
                      optimizers::SGD({.learning_rate = 0.1, .use_ema = true, .ema_momentum = 0.5})),
                  .loss = "mse"});
  FitOptions o{.batch_size = 4, .epochs = 2, .verbose = 0, .shuffle = false};
  o.validation_data = ValidationData{wave({14, 5}), wave({14, 2}, 1), {}};
  o.callbacks = {callbacks::SwapEMAWeights()};
  const auto history = model->fit(wave({14, 5}), wave({14, 2}, 1), o);
  // What Keras 3.15.1 has of the same.
  const double wanted[] = {1.2462084293365479, 0.7889642119407654};
  for (std::size_t i = 0; i < 2; ++i) EXPECT_NEAR(history.at("val_loss")[i], wanted[i], 1e-5);
}

TEST(NewestFile, IsTheOneThatWasWrittenLast) {
  const TempDir folder;
  const auto write = [&](const char* name, int age) {
    const auto path = folder.file(name);
    std::ofstream(path) << "x";
    std::filesystem::last_write_time(path, std::filesystem::file_time_type::clock::now() - std::chrono::hours(age));
  };
  write("w.01.h5", 1), write("w.02.h5", 2), write("x.h5", 0), write("w.03.keras", 0);
  EXPECT_EQ(callbacks::newest_file(folder.file("w.{epoch:02d}.h5")), folder.file("w.01.h5"));
  EXPECT_EQ(callbacks::newest_file(folder.file("w.02.h5")), folder.file("w.02.h5"));
  EXPECT_EQ(callbacks::newest_file(folder.file("y.{epoch}.h5")), std::nullopt);
  EXPECT_EQ(callbacks::newest_file("/no/such/folder/w.h5"), std::nullopt);
  EXPECT_EQ(callbacks::newest_file("w.h5"), std::nullopt);
}

std::string all_events(const std::string& folder) {
  std::string all;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().filename().string().starts_with("events"))
      all += testing_support::read_file(entry.path().string());
  }
  return all;
}

// What its own readers find in the files: tests/reverse/open_events.py.
TEST(TensorBoard, WritesWhatItIsToldTo) {
  const auto model = model_of("tf-2.15.1", 0.1, "mae");
  const auto x = wave({14, 5}), y = wave({14, 2}, 1);
  const TempDir folder;
  const auto fit = [&](const char* name, const callbacks::TensorBoardOptions& options) {
    model->fit(x, y, {.verbose = 0, .callbacks = {callbacks::TensorBoard(folder.file(name), options)}});
    return all_events(folder.file(name) + "/train");
  };
  const auto plain = fit("plain", {}), bare = fit("bare", {.write_graph = false});
  EXPECT_THAT(plain, testing::HasSubstr("graph_keras_model"));
  EXPECT_THAT(plain, testing::Not(testing::HasSubstr("steps_per_second")));
  EXPECT_THAT(bare, testing::Not(testing::HasSubstr("graph_keras_model")));
  const auto more =
      fit("more", {.histogram_freq = 1, .write_images = true, .write_steps_per_second = true, .update_freq = 1});
  for (const char* part : {"epoch_steps_per_second", "batch_steps_per_second", "o/kernel_0/image", "PNG"}) {
    EXPECT_THAT(more, testing::HasSubstr(part));
  }
}

TEST(TensorBoard, RefusesArraysAsKerasDoes) {
  const auto model = model_of("tf-2.15.1", 0.1, "columns");
  const TempDir folder;
  try {
    model->fit(wave({14, 5}), wave({14, 2}, 1),
               {.verbose = 0, .callbacks = {callbacks::TensorBoard(folder.file("b"))}});
    FAIL();
  } catch (const ValueError& error) {
    EXPECT_STREQ(error.what(), "Expected scalar shape, saw shape: (2,).");
  }
}

TEST(TensorBoard, TellsTheProjectorOfEmbeddings) {
  const auto x = Input({3}, {.dtype = "int32"});
  for (const char* target : {"tf2.15", "keras3"}) {
    const Functional model(x, Flatten()(Embedding(4, 2, {.name = "words"})(x)));
    model->set_target(target);
    model->compile({.optimizer = "sgd", .loss = "mse"});
    const auto data = Tensor::zeros(DType::int32, {2, 3});
    const auto fit = [&](const std::string& folder, std::map<std::string, std::string> metadata) {
      callbacks::TensorBoardOptions o;
      o.embeddings_freq = 2;
      o.embeddings_metadata = std::move(metadata);
      model->fit(data, wave({2, 6}), {.epochs = 3, .verbose = 0, .callbacks = {callbacks::TensorBoard(folder, o)}});
    };
    const TempDir folder;
    fit(folder.file("a"), {{"words", "words.tsv"}});
    EXPECT_EQ(testing_support::read_file(folder.file("a") + "/projector_config.pbtxt"),
              "embeddings {\n"
              "  tensor_name: \"layer_with_weights-0/embeddings/.ATTRIBUTES/VARIABLE_VALUE\"\n"
              "  metadata_path: \"words.tsv\"\n"
              "}\n");
    const auto end = std::string(target) == "keras3" ? ".weights.h5" : ".index";
    for (const int epoch : {0, 1, 2}) {
      const auto path = folder.file("a") + "/train/keras_embedding.ckpt-" + std::to_string(epoch) + end;
      EXPECT_EQ(std::filesystem::exists(path), epoch != 1) << path;
    }
    fit(folder.file("b"), {{"", "all.tsv"}});
    EXPECT_THAT(testing_support::read_file(folder.file("b") + "/projector_config.pbtxt"),
                testing::HasSubstr("all.tsv"));
    try {
      fit(folder.file("c"), {{"letters", "x.tsv"}});
      FAIL();
    } catch (const ValueError& error) {
      EXPECT_STREQ(error.what(),
                   "Unrecognized `Embedding` layer names passed to `keras.callbacks.TensorBoard` "
                   "`embeddings_metadata` argument: dict_keys(['letters'])");
    }
  }
}

}  // namespace
}  // namespace hornbeam::callbacks_test
