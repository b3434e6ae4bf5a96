// The first steps of compiled models under every optimizer, as real Kerases made them.
#include "hornbeam/hornbeam.hpp"
#include "hornbeam/saving.hpp"
#include "keras/optimizers/recorded_optimizers.h"
#include "support/temp_dir.h"

using namespace hornbeam;
using namespace hornbeam::testing_support;

namespace {

const char* target_name(const std::string& producer) {
  return producer == "tf-2.2.3" ? "tf2.2" : producer == "tf-2.15.1" ? "tf2.15" : "keras3";
}

class Training {
 public:
  Training(const Recorded& recorded, const Config& row)
      : r_(recorded), row_(row), losses_(r_.arrays.at(row.at("losses").as_string())) {
    const bool two = row.at("outputs").as_int() == 2;
    y_ = two ? Values({r_.arrays.at("y"), r_.arrays.at("z")}) : Values(r_.arrays.at("y"));
    const auto x = Input({4}, {.name = "x"});
    const auto h = Dense(3, {.activation = "tanh", .name = "h"})(x);
    const auto o = Dense(2, {.name = "o"})(h);
    model_ = ModelRef(Functional(x, two ? Values({o, h}) : Values(o)));
    model_->set_target(target_name(r_.producer));
    std::vector<Tensor> weights;
    for (int i = 0; i < 4; ++i) weights.push_back(r_.arrays.at("weight" + std::to_string(i)));
    model_->set_weights(weights);
    auto config = row.at("config");
    if (row.at("generation").as_string() == "legacy") config.set("is_legacy_optimizer", true);
    CompileOptions options{
        .optimizer = Optimizer::from_config(Config{{"class_name", row.at("class_name")}, {"config", config}}),
        .loss = "mean_squared_error"};
    if (row.at("metrics").size() > 0) options.metrics = {"mae"};
    model_->compile(options);
    EXPECT_EQ(model_->optimizer()->generation(), generation_named(row.at("generation").as_string()));
  }

  const ModelRef& model() const { return model_; }
  std::int64_t steps() const { return losses_.shape().dims()[0]; }

  void save_and_load(const std::string& way) {
    const TempDir folder;
    const auto path = folder.file(std::string("m") + (way == "keras_v3" ? ".keras" : way == "h5" ? ".h5" : ""));
    model_->save(path);
    model_ = models::load_model(path);
  }

  // The next steps give the losses and weights that were recorded of them.
  void go_on(std::int64_t count) {
    for (const auto end = done_ + count; done_ < end; ++done_) {
      model_->reset_metrics();
      const auto loss = model_->train_on_batch(r_.arrays.at("x"), y_).values()[0];
      const auto at = static_cast<std::size_t>(done_);
      const auto wanted = losses_.data<float>()[at];
      ASSERT_NEAR(loss, wanted, 2e-6 * (1 + wanted)) << "step " << done_ + 1;
      std::vector<Tensor> flat;
      for (const auto& w : model_->get_weights()) flat.push_back(ops::reshape(w, {-1}));
      const auto all = r_.arrays.at(row_.at("weights").as_string());
      expect_close(ops::concat(flat, 0), ops::gather(all, Tensor::scalar(static_cast<std::int32_t>(at))), 2e-6, 2e-6,
                   "weights after step " + std::to_string(done_ + 1));
    }
  }

 private:
  const Recorded& r_;
  const Config& row_;
  Tensor losses_;
  Values y_;
  ModelRef model_;
  std::int64_t done_ = 0;
};

template <class F>
int for_each_training(F&& f) {
  int rows = 0;
  for (const auto* producer : kProducers) {
    const TargetScope scope(target_of(producer));
    const Recorded recorded("compiled_optimizers", producer);
    for (const auto& row : recorded.json.at("rows").as_list()) {
      SCOPED_TRACE(std::string(producer) + " " + row.dump());
      f(recorded, row);
      ++rows;
    }
  }
  return rows;
}

}  // namespace

TEST(CompiledOptimizers, FirstStepsAreKerass) {
  const auto rows = for_each_training([](const Recorded& r, const Config& row) {
    Training training(r, row);
    const auto way = row.at("way").as_string();
    if (way == "built") {
      // Not followed: that metrics are made in the first step when the optimizer alone was built before by hand.
      if (row.at("metrics").size() > 0 || row.at("outputs").as_int() > 1) return;
      training.model()->optimizer()->build(training.model()->trainable_weights());
    } else if (way != "compiled") {
      training.save_and_load(way);
    }
    training.go_on(training.steps());
  });
  EXPECT_EQ(rows, 62);
}

// What Keras's own loaded ones do not do: Nadam's product is in no file of 2.15.
TEST(CompiledOptimizers, GoOnFromFilesAsIfTheyHadNotStopped) {
  for_each_training([](const Recorded& r, const Config& row) {
    if (row.at("way").as_string() != "compiled" || row.at("class_name").as_string() != "Nadam") return;
    const auto target = target_of(r.producer);
    std::vector<std::string> ways{"h5"};
    if (target != Target::keras3) ways.emplace_back("saved_model");
    // An archive of 2.15 has no state of a legacy optimizer.
    if (target != Target::tf22 && row.at("generation").as_string() != "legacy") ways.emplace_back("keras_v3");
    for (const auto& way : ways) {
      SCOPED_TRACE(way);
      Training training(r, row);
      training.go_on(1);
      training.save_and_load(way);
      training.go_on(3);
    }
  });
}
