// Models with a MultiOptimizer in Keras 3's files: those that Keras wrote, and the project's own.
#include <gmock/gmock.h>

#include "hornbeam/checkpoint.hpp"
#include "hornbeam/hornbeam.hpp"
#include "keras/recorded.h"
#include "support/temp_dir.h"

namespace hornbeam {
namespace {

using testing::HasSubstr;
using testing_support::expect_close;
using testing_support::Recorded;
using testing_support::TempDir;

Optimizer kernels_optimizer, others_optimizer;
Optimizer kernels_apart(const Variable& variable) {
  return variable->path().ends_with("kernel") ? kernels_optimizer : others_optimizer;
}

class MultiFiles : public testing::Test {
 protected:
  MultiFiles() { forget(); }
  // A model that is read anew has optimizers of its own.
  static void forget(double rate = 1.0) {
    const auto keras3 = OptimizerGeneration::keras3;
    kernels_optimizer = optimizers::Adam({.learning_rate = 0.05 * rate, .generation = keras3});
    others_optimizer = optimizers::SGD({.learning_rate = 0.1 * rate, .momentum = 0.5, .generation = keras3});
  }

  std::vector<Tensor> arrays(const Config& keys) const {
    std::vector<Tensor> all;
    for (const auto& key : keys.as_list()) all.push_back(r_.arrays.at(key.as_string()));
    return all;
  }
  static std::string file(const Config& entry, const std::string& ending) {
    return test_data("keras") + "/multi_optimizer/" + entry.at("name").as_string() + ending;
  }
  ModelRef begun(const Config& entry) const {
    const auto x = Input({3}, {.name = "x"});
    ModelRef model(Functional(x, Dense(2, {.name = "o"})(Dense(4, {.activation = "tanh", .name = "h"})(x))));
    model->set_target("keras3");
    model->compile({.optimizer = Optimizer::from_config(entry.at("optimizer")), .loss = "mean_squared_error"});
    model->set_weights(arrays(entry.at("begin")));
    return model;
  }
  void train(const ModelRef& model, const Config& steps) const {
    for (const auto& step : steps.as_list()) {
      const auto loss =
          model->train_on_batch(r_.arrays.at(step.at("x").as_string()), r_.arrays.at(step.at("y").as_string()));
      const auto want = step.at("loss").as_double();
      ASSERT_NEAR(loss.values()[0], want, 2e-6 * (1 + want));
      expect_same(model->get_weights(), arrays(step.at("weights")), 2e-6);
      model->reset_metrics();
    }
  }
  static void expect_same(const std::vector<Tensor>& got, const std::vector<Tensor>& want, double tolerance) {
    ASSERT_EQ(got.size(), want.size());
    for (std::size_t i = 0; i < got.size(); ++i) {
      expect_close(got[i], want[i], tolerance, tolerance, std::to_string(i));
    }
  }
  template <class F>
  void for_each_file(F&& f) const {
    const TargetScope scope(Target::keras3);
    for (const auto& entry : r_.json.at("files").as_list()) {
      SCOPED_TRACE(entry.at("name").as_string());
      f(entry);
    }
  }

  Recorded r_{"multi_optimizer", "keras-3.15.1"};
  CustomObjectScope scope_{{{"Mine>by_name", HB_FUNCTION(kernels_apart)}}};
};

TEST_F(MultiFiles, ThoseOfKerasGoOnTraining) {
  for_each_file([&](const Config& entry) {
    LoadReport report;
    const auto model = models::load_model(file(entry, ".keras"), {.report = &report});
    EXPECT_TRUE(report.unused.empty()) << testing::PrintToString(report.unused);
    EXPECT_TRUE(report.mismatched.empty()) << testing::PrintToString(report.mismatched);
    expect_same(model->optimizer()->get_weights(), arrays(entry.at("state")), 0);
    train(model, entry.at("after"));
  });
}

TEST_F(MultiFiles, WeightsFilesHoldTheState) {
  for_each_file([&](const Config& entry) {
    const auto model = begun(entry);
    model->load_weights(file(entry, ".weights.h5"));
    expect_same(model->optimizer()->get_weights(), arrays(entry.at("state")), 0);
    train(model, entry.at("after"));
  });
}

TEST_F(MultiFiles, H5FilesOfKerasHoldTheState) {
  const auto& entry = r_.json.at("files").at(0);
  const auto model = models::load_model(file(entry, ".h5"));
  ASSERT_TRUE(model->is_compiled()) << model->not_compiled_because();
  expect_same(model->optimizer()->get_weights(), arrays(entry.at("state")), 0);
  train(model, entry.at("after"));
  const TempDir dir;
  model->save(dir.file("again.h5"));
  const auto again = models::load_model(dir.file("again.h5"));
  expect_same(again->optimizer()->get_weights(), model->optimizer()->get_weights(), 0);
  EXPECT_EQ(again->optimizer()->to_config().dump(), model->optimizer()->to_config().dump());
}

TEST_F(MultiFiles, TheProjectsOwnGoOnTraining) {
  const TempDir dir;
  for_each_file([&](const Config& entry) {
    for (const std::string way : {".keras", ".weights.h5", ".h5", "checkpoint"}) {
      SCOPED_TRACE(way);
      forget();
      auto model = begun(entry);
      train(model, entry.at("before"));
      const auto path = dir.file("m" + way);
      if (way == ".keras" || way == ".h5") {
        model->save(path);
        forget(3.0);
        model = models::load_model(path);
      } else {
        if (way == "checkpoint") {
          train::Checkpoint({{"model", model}}, {.target = "keras3"}).write(path);
        } else {
          model->save_weights(path);
        }
        forget(3.0);
        model = begun(entry);
        if (way == "checkpoint") {
          train::Checkpoint({{"model", model}}, {.target = "keras3"}).read(path).assert_existing_objects_matched();
        } else {
          model->load_weights(path);
        }
      }
      train(model, entry.at("after"));
    }
  });
}

TEST_F(MultiFiles, AnArchiveHasWhatKerassHas) {
  const TempDir dir;
  for_each_file([&](const Config& entry) {
    const auto model = models::load_model(file(entry, ".keras"));
    model->save(dir.file("m.keras"));
    forget();
    LoadReport report;
    const auto again = models::load_model(dir.file("m.keras"), {.report = &report});
    EXPECT_TRUE(report.unused.empty()) << testing::PrintToString(report.unused);
    EXPECT_EQ(again->optimizer()->to_config().dump(), model->optimizer()->to_config().dump());
    auto names = Config::list();
    for (const auto& v : again->optimizer()->variables()) names.push_back(v->path().substr(v->path().rfind('/')));
    EXPECT_EQ(names.size(), entry.at("names").size());
    expect_same(again->optimizer()->get_weights(), arrays(entry.at("state")), 0);
  });
}

TEST_F(MultiFiles, NoOtherKerasHasIt) {
  const TempDir dir;
  const TargetScope scope(Target::keras3);
  const auto model = begun(r_.json.at("files").at(0));
  for (const auto* target : {"tf2.2", "tf2.15"}) {
    try {
      model->save(dir.file("m.h5"), {.target = target});
      ADD_FAILURE() << target;
    } catch (const ValueError& error) {
      EXPECT_THAT(error.what(), HasSubstr("optimizers have no MultiOptimizer"));
    }
    EXPECT_NO_THROW(model->save(dir.file("m.h5"), {.include_optimizer = false, .target = target}));
  }
}

}  // namespace
}  // namespace hornbeam
