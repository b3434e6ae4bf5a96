// Checkpoints that real TensorFlows wrote, and what they say of them (tools/record/record_checkpoints.py).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>

#include "hornbeam/hornbeam.hpp"
#include "support/files.h"
#include "support/temp_dir.h"
#include "support/test_data.h"

using namespace hornbeam;
using namespace hornbeam::testing_support;
using testing::HasSubstr;
using testing::ThrowsMessage;

namespace {

struct Keras {
  const char* version;
  const char* target;
};

class RecordedCheckpoints : public testing::TestWithParam<Keras> {
 protected:
  RecordedCheckpoints()
      : folder_(test_data("keras") + "/checkpoints/tf-" + GetParam().version),
        said_(Config::parse(read_file(folder_ + ".json"), folder_ + ".json")),
        scope_(target_named(GetParam().target)) {}

  static Sequential model(std::int64_t units = 3) {
    const Sequential made({Input({2}), Dense(4, {.name = "a"}), Dense(units, {.name = "b"})});
    made->set_target(GetParam().target);
    return made;
  }
  static Sequential compiled(const std::string& state, const std::string& optimizer = "adam") {
    const auto made = model();
    if (state != "uncompiled") made->compile({.optimizer = optimizer, .loss = "mse"});
    if (state == "stepped") step(made);
    return made;
  }
  static void step(const Sequential& model) {
    model->train_on_batch(Tensor::from<float>({1, 2}, {1, 2}), Tensor::from<float>({1, 3}, {1, 2, 3}));
  }
  std::string file(const std::string& name) const { return folder_ + "/" + name; }
  std::string error(const char* what) const { return said_.at("errors").at(what).at("error").as_string(); }

  const std::string folder_;
  const Config said_;
  const TargetScope scope_;
};

// What the recorder makes of an outcome.
Config said_of(const std::function<train::CheckpointStatus()>& load, bool consumed) {
  train::CheckpointStatus status;
  try {
    status = load();
    consumed ? status.assert_consumed() : status.assert_existing_objects_matched();
  } catch (const AssertionError& e) {
    const std::string text = e.what();
    if (text.starts_with("Unresolved object")) return {{"unresolved", text.substr(0, text.find(':'))}};
    auto names = status.unmatched();
    std::ranges::sort(names);
    return {{"unbound", Config(names)}};
  } catch (const Error& e) {
    return {{"error", std::string(e.what())}};
  }
  return {};
}

TEST_P(RecordedCheckpoints, AssertsSayWhatKerasSays) {
  int compared = 0;
  for (const auto& row : said_.at("status").as_list()) {
    const auto name = row.at("file").as_string(), state = row.at("state").as_string(),
               optimizer = row.at("optimizer").as_string(), what = row.at("assert").as_string();
    const auto model = compiled(state, optimizer);
    const auto got = said_of([&] { return model->load_weights(file(name)); }, what == "assert_consumed");
    const auto& want = row.at("said");
    ++compared;
    const auto where = name + " into " + state + " " + optimizer + ", " + what;
    if (want.has("error")) {  // which of several that do not fit is told first may differ
      ASSERT_TRUE(got.has("error")) << where << ": " << got.dump();
      EXPECT_THAT(got.at("error").as_string(), HasSubstr("incompatible")) << where;
    } else {
      EXPECT_EQ(got.dump(), want.dump()) << where;
    }
  }
  EXPECT_EQ(compared, 36);
}

// The state came with the checkpoint, into an optimizer that had none yet: the next step is the producer's.
TEST_P(RecordedCheckpoints, TrainingGoesOn) {
  const auto model = compiled("compiled");
  const auto status = model->load_weights(file("adam"));
  step(model);
  status.assert_consumed();
  const auto& values = said_.at("values");
  EXPECT_EQ(model->optimizer()->iterations()->value().item<std::int64_t>(), values.at("iterations").as_int());
  for (const auto& variable : model->weights()) {
    const auto& want = values.at(variable->name()).as_list();
    const auto got = variable->value().data<float>();
    ASSERT_EQ(got.size(), want.size());
    for (std::size_t i = 0; i < got.size(); ++i) EXPECT_NEAR(got[i], want[i].as_double(), 1e-6) << variable->name();
  }
}

TEST_P(RecordedCheckpoints, WrittenAgainTheyAreTheSame) {
  const TempDir dir;
  for (const std::string name : {"weights", "adam", "sgd"}) {
    const auto model = RecordedCheckpoints::model();
    if (name == "adam") model->compile({.optimizer = "adam", .loss = "mse"});
    if (name == "sgd")
      model->compile({.optimizer = optimizers::SGD({.learning_rate = 0.1, .momentum = 0.5}), .loss = "mse"});
    if (model->is_compiled()) step(model);
    model->load_weights(file(name)).assert_consumed();
    model->save_weights(dir.file(name));
    const auto ours = train::load_checkpoint(dir.file(name)), theirs = train::load_checkpoint(file(name));
    EXPECT_EQ(ours.get_variable_to_dtype_map(), theirs.get_variable_to_dtype_map()) << name;
    for (const auto& [key, shape] : theirs.get_variable_to_shape_map()) {
      if (key == "_CHECKPOINTABLE_OBJECT_GRAPH") continue;
      const auto a = ours.get_tensor(key), b = theirs.get_tensor(key);
      ASSERT_EQ(a.shape(), b.shape()) << key;
      EXPECT_EQ(std::memcmp(a.raw(), b.raw(), b.bytes()), 0) << key;
    }
  }
  EXPECT_EQ(read_file(dir.file("checkpoint")), "model_checkpoint_path: \"sgd\"\nall_model_checkpoint_paths: \"sgd\"\n");
}

TEST_P(RecordedCheckpoints, ErrorsAreKerass) {
  EXPECT_THAT([&] { model(5)->load_weights(file("weights")); },
              ThrowsMessage<ValueError>(HasSubstr("are incompatible")));
  EXPECT_THAT([&] { model()->load_weights(file("weights"), {.by_name = true}); },
              ThrowsMessage<NotImplementedError>(error("by_name")));
  const auto absent = error("absent");
  EXPECT_THAT([&] { model()->load_weights(file("nothing")); },
              ThrowsMessage<OSError>(HasSubstr(absent.substr(0, absent.find("FOLDER")) + file("nothing"))));
  train::Checkpoint checkpoint;
  EXPECT_THAT([&] { train::CheckpointManager(checkpoint, "x", {.max_to_keep = 0}); },
              ThrowsMessage<ValueError>(error("max_to_keep")));
}

TEST_P(RecordedCheckpoints, ListsDictsAndLayersByTheirNames) {
  const auto step = std::make_shared<VariableNode>("step", Tensor::scalar(std::int64_t{0}), false);
  const auto q = std::make_shared<VariableNode>("q", Tensor::scalar(0.0F), true);
  const auto z = std::make_shared<VariableNode>("z", Tensor::scalar(0.0F), true);
  const Dense layer(3, {.name = "b"});
  train::Checkpoint checkpoint({{"step", step},
                                {"list", std::vector<Variable>{q}},
                                {"dict", std::map<std::string, Variable>{{"k.l/m", z}}},
                                {"layer", layer}});
  const auto status = checkpoint.restore(file("objects-1"));
  status.assert_existing_objects_matched();
  EXPECT_THROW(status.assert_consumed(), AssertionError);  // the layer has no weights yet
  EXPECT_EQ(step->value().item<std::int64_t>(), 7);
  EXPECT_EQ(q->value().item<float>(), 1);
  EXPECT_EQ(z->value().item<float>(), 2);
  layer(Tensor::zeros(DType::float32, {1, 4}));
  status.assert_consumed();
  const auto wanted = train::load_variable(file("objects-1"), "layer/kernel/.ATTRIBUTES/VARIABLE_VALUE");
  EXPECT_TRUE(std::ranges::equal(layer->kernel->value().data<float>(), wanted.data<float>()));
}

TEST_P(RecordedCheckpoints, ManagersKeepTheSame) {
  const TempDir dir;
  const auto step = std::make_shared<VariableNode>("step", Tensor::scalar(std::int64_t{7}), false);
  train::Checkpoint checkpoint({{"step", step}});
  train::CheckpointManager manager(checkpoint, dir.path().string(), {.max_to_keep = 2});
  const auto names = [](const std::vector<std::string>& paths) {
    std::vector<std::string> out;
    for (const auto& path : paths) out.push_back(std::filesystem::path(path).filename().string());
    return Config(out);
  };
  for (const auto& row : said_.at("manager").as_list()) {
    if (const auto* found = row.find("found")) {
      train::Checkpoint other({{"step", step}});
      EXPECT_EQ(names(train::CheckpointManager(other, dir.path().string(), {.max_to_keep = 3}).checkpoints()).dump(),
                found->dump());
      continue;
    }
    const auto& number = row.at("number");
    const auto path = manager.save(number.is_null() ? std::optional<std::int64_t>() : number.as_int());
    EXPECT_EQ(std::filesystem::path(path).filename(), row.at("path").as_string());
    EXPECT_EQ(names(manager.checkpoints()).dump(), row.at("kept").dump());
    std::vector<std::string> files;
    for (const auto& entry : std::filesystem::directory_iterator(dir.path())) {
      files.push_back(entry.path().filename().string());
    }
    std::ranges::sort(files);
    EXPECT_EQ(Config(files).dump(), row.at("files").dump());
  }
}

std::vector<std::string> keys_of(const std::string& prefix) {
  std::vector<std::string> keys;
  for (const auto& [key, shape] : train::list_variables(prefix)) {
    if (const auto end = key.find("/.ATTRIBUTES"); end != key.npos) keys.push_back(key.substr(0, end));
  }
  return keys;
}

class Stack : public Model {
 public:
  explicit Stack(std::int64_t count) {
    std::vector<Dense> layers;
    for (std::int64_t i = 0; i < count; ++i) layers.emplace_back(Dense(2));
    dense_layers_ = track("dense_layers", layers);
  }
  Values call(const Values& inputs, CallContext&) override {
    auto x = inputs;
    for (const auto& layer : dense_layers_) x = layer(x);
    return last_(x);
  }

 private:
  std::vector<Dense> dense_layers_;
  HB_ATTR(last_, Dense(1));
};

TEST(ModelCheckpoints, OfSubclassedModelsNameAttributes) {
  const TempDir dir;
  const auto model = make<Stack>(2);
  EXPECT_THAT([&] { model->save_weights(dir.file("w")); },
              ThrowsMessage<ValueError>(HasSubstr("not yet been created")));
  model(Tensor::zeros(DType::float32, {1, 3}));
  model->save_weights(dir.file("w"));
  EXPECT_THAT(keys_of(dir.file("w")),
              testing::ElementsAre("dense_layers/0/bias", "dense_layers/0/kernel", "dense_layers/1/bias",
                                   "dense_layers/1/kernel", "last_/bias", "last_/kernel"));
  // Restored before it is built: the weights come with their values.
  const auto other = make<Stack>(2);
  const auto status = other->load_weights(dir.file("w"));
  other(Tensor::zeros(DType::float32, {1, 3}));
  status.assert_consumed();
  for (std::size_t i = 0; i < model->weights().size(); ++i) {
    const auto a = model->get_weights()[i], b = other->get_weights()[i];
    EXPECT_TRUE(std::ranges::equal(a.data<float>(), b.data<float>())) << i;
  }
}

// A part of a model by the names of another's attributes: the guide's transfer learning.
TEST(ModelCheckpoints, OfPartsOfModels) {
  const TempDir dir;
  const Dense first(4), last(2);
  last(first(Tensor::zeros(DType::float32, {1, 3})));
  train::Checkpoint({{"dense", first}, {"kernel", last->kernel}, {"bias", last->bias}}).save(dir.file("ckpt"));
  EXPECT_THAT(keys_of(dir.file("ckpt-1")),
              testing::ElementsAre("bias", "dense/bias", "dense/kernel", "kernel", "save_counter"));
  const Dense other(4);
  other(Tensor::zeros(DType::float32, {1, 3}));
  train::Checkpoint part({{"dense", other}});
  part.restore(dir.file("ckpt-1")).assert_existing_objects_matched();
  EXPECT_TRUE(std::ranges::equal(other->kernel->value().data<float>(), first->kernel->value().data<float>()));
}

// As TensorFlow 2.15.1's (tools/record/record_checkpoint_roots.py); load_weights finds what it needs in it.
TEST(ModelCheckpoints, OfAModelAsRoot) {
  const TempDir dir;
  const auto path = test_data("keras") + "/checkpoints/roots/tf-2.15.1.json";
  const auto recorded = Config::parse(read_file(path), path);
  const auto compiled = [] {
    const Sequential made({Input({2}), Dense(1, {.name = "d"})});
    made->set_target("tf2.15");
    made->compile({.optimizer = "sgd", .loss = "mse"});
    return made;
  };
  const auto model = compiled(), other = compiled();
  const auto k = std::make_shared<VariableNode>("k", Tensor::scalar(3.0F), true);
  train::Checkpoint({{"k", k}, {"optimizer", model->optimizer()}}, {.root = model}).save(dir.file("model"));
  std::vector<std::string> keys;
  for (const auto& [key, shape] : train::list_variables(dir.file("model-1"))) keys.push_back(key);
  EXPECT_EQ(Config(keys).dump(), recorded.at("cases").at("model").at("keys").dump());
  other->load_weights(dir.file("model-1")).assert_existing_objects_matched();
  EXPECT_TRUE(std::ranges::equal(other->get_weights()[0].data<float>(), model->get_weights()[0].data<float>()));
  EXPECT_THAT(
      [&] {
        train::Checkpoint({{"optimizer", optimizers::Adam()}}, {.root = model});
      },
      ThrowsMessage<ValueError>(recorded.at("errors").at("optimizer_taken").at("error").as_string()));
}

// Settings that legacy optimizers keep in variables come with the checkpoint, before the step that makes them.
TEST(ModelCheckpoints, RestoreSettingsOfLegacyOptimizers) {
  const TempDir dir;
  const auto trained = [](double beta_1) {
    utils::set_random_seed(3);
    const Sequential model({Input({2}), Dense(3, {.name = "a"})});
    model->set_target("tf2.2");
    model->compile({.optimizer = optimizers::Adam({.learning_rate = 0.1, .beta_1 = beta_1}), .loss = "mse"});
    return model;
  };
  const auto step = [](const Sequential& model) {
    model->train_on_batch(Tensor::from<float>({1, 2}, {1, 2}), Tensor::from<float>({1, 3}, {1, 2, 3}));
    return model->get_weights()[0];
  };
  const auto original = trained(0.5), other = trained(0.9);
  step(original);
  original->save_weights(dir.file("w"));
  const auto wanted = step(original);
  other->load_weights(dir.file("w"));
  const auto got = step(other);
  EXPECT_TRUE(std::ranges::equal(got.data<float>(), wanted.data<float>()));
  EXPECT_EQ(other->optimizer()->get_config().at("beta_1").as_double(), 0.5);
  EXPECT_TRUE(std::ranges::equal(step(other).data<float>(), step(original).data<float>()));
}

// One without slots that came from a file has stepped, too.
TEST(ModelCheckpoints, StepsOfAnOptimizerWithoutSlotsAreKept) {
  const TempDir dir;
  const Sequential model({Input({2}), Dense(3, {.name = "a"})});
  model->set_target("tf2.2");
  model->compile({.optimizer = optimizers::SGD({.decay = 0.5}), .loss = "mse"});
  model->train_on_batch(Tensor::from<float>({1, 2}, {1, 2}), Tensor::from<float>({1, 3}, {1, 2, 3}));
  model->save(dir.file("m.h5"));
  const auto from_h5 = models::load_model(dir.file("m.h5"));
  from_h5->save_weights(dir.file("w"));
  EXPECT_EQ(train::load_variable(dir.file("w"), "optimizer/iter/.ATTRIBUTES/VARIABLE_VALUE").item<std::int64_t>(), 1);
  from_h5->save(dir.file("m"), {.save_format = "tf"});
  EXPECT_EQ(models::load_model(dir.file("m"))->optimizer()->iterations()->value().item<std::int64_t>(), 1);
}

TEST(ModelCheckpoints, WhatDoesNotFitLeavesTheLearningRate) {
  const TempDir dir;
  const auto model = [](std::int64_t units) {
    const Sequential made({Input({2}), Dense(units, {.name = "a"})});
    made->compile({.optimizer = optimizers::SGD({.learning_rate = 0.1}), .loss = "mse"});
    return made;
  };
  const auto saved = model(3), other = model(4);
  saved->optimizer()->set_learning_rate_dtype(DType::float64);
  saved->save_weights(dir.file("w"));
  EXPECT_THROW(other->load_weights(dir.file("w")), ValueError);
  EXPECT_EQ(other->optimizer()->learning_rate()->value().item<float>(), 0.1F);
  const auto same = model(3);
  same->load_weights(dir.file("w"));
  EXPECT_EQ(same->optimizer()->learning_rate()->dtype(), DType::float64);
}

TEST(ModelCheckpoints, SlotsAreRefusedByNewerOptimizers) {
  const TempDir dir;
  const auto model = [](OptimizerGeneration generation) {
    const Sequential made({Input({2}), Dense(3, {.name = "a"})});
    made->compile({.optimizer = optimizers::Adam({.generation = generation}), .loss = "mse"});
    made->train_on_batch(Tensor::from<float>({1, 2}, {1, 2}), Tensor::from<float>({1, 3}, {1, 2, 3}));
    return made;
  };
  model(OptimizerGeneration::legacy)->save_weights(dir.file("w"));
  EXPECT_THAT(
      [&] { model(OptimizerGeneration::modern)->load_weights(dir.file("w")); },
      ThrowsMessage<ValueError>(HasSubstr("You are trying to restore a checkpoint from a legacy Keras optimizer "
                                          "into a v2.11+ Optimizer, which can cause errors.")));
}

INSTANTIATE_TEST_SUITE_P(All, RecordedCheckpoints, testing::Values(Keras{"2.2.3", "tf2.2"}, Keras{"2.15.1", "tf2.15"}),
                         [](const auto& instance) { return instance.index == 0 ? "tf22" : "tf215"; });

}  // namespace
