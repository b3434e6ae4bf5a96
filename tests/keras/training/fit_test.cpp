// fit and evaluate against what real Keras did: tests/keras/data/training, recorded by tools/record/record_fit.py.
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "base/mapped_file.h"
#include "hornbeam/hornbeam.hpp"
#include "hornbeam/saving.hpp"
#include "keras/saving/compile_config.h"

namespace hornbeam {
namespace {

constexpr double kTolerance = 1e-5;

struct Recording {
  explicit Recording(const std::string& producer) {
    const auto stem = std::string(HORNBEAM_TEST_DATA) + "/training/" + producer;
    cases = Config::parse(base::read_file(stem + ".json"), stem);
    for (auto& [name, t] : load_npz(stem + ".npz")) arrays.emplace(name, t);
  }
  std::vector<Tensor> list(const std::string& prefix) const {
    std::vector<Tensor> found;
    for (auto at = arrays.lower_bound(prefix); at != arrays.end() && at->first.starts_with(prefix); ++at) {
      found.push_back(at->second);
    }
    return found;
  }
  Config cases;
  std::map<std::string, Tensor> arrays;
};

const Recording& recording(const std::string& producer) {
  static std::map<std::string, Recording> all;
  const auto at = all.find(producer);
  return at != all.end() ? at->second : all.emplace(producer, Recording(producer)).first->second;
}

void expect_near(double got, double expected, const std::string& what) {
  EXPECT_LE(std::abs(got - expected), kTolerance * (1 + std::abs(expected))) << what << ": " << got << " " << expected;
}

void expect_near(const Tensor& got, const Tensor& expected, const std::string& what) {
  ASSERT_EQ(got.shape(), expected.shape());
  const auto a = got.data<float>(), b = expected.data<float>();
  for (std::size_t i = 0; i < a.size(); ++i) expect_near(a[i], b[i], what);
}

FitOptions fit_options(const Config& fit) {
  FitOptions o{.verbose = 0, .shuffle = false};
  const auto number = [&](const char* key, auto& value) {
    if (const auto* found = fit.find(key)) value = found->as_int();
  };
  number("batch_size", o.batch_size);
  number("epochs", o.epochs);
  number("initial_epoch", o.initial_epoch);
  number("validation_freq", o.validation_freq);
  number("steps_per_epoch", o.steps_per_epoch);
  if (const auto* split = fit.find("validation_split")) o.validation_split = split->as_double();
  if (const auto* weights = fit.find("class_weight")) {
    for (const auto& [key, value] : weights->as_dict()) o.class_weight[std::stoll(key)] = value.as_double();
  }
  return o;
}

class FitLikeKeras : public testing::TestWithParam<std::pair<std::string, std::string>> {};

TEST_P(FitLikeKeras, HistoryWeightsAndEvaluation) {
  const auto& [producer, name] = GetParam();
  const auto& all = recording(producer);
  const auto& c = all.cases.at(name);
  const auto model = models::model_from_json(c.at("config").as_string());
  model->set_weights(all.list(name + "/before"));
  auto compile = c.at("compile");
  compile.set("optimizer_config", compile.at("optimizer"));
  compile.erase("optimizer");
  {
    const TargetScope scope(target_named(model->target()));
    model->compile(compile_options(compile));
  }
  const auto ys = all.list(name + "/y");
  const Values x = all.arrays.at(name + "/x"), y = ys.size() == 1 ? Values(ys[0]) : Values(ys);
  auto options = fit_options(c.at("fit"));
  if (c.at("fit").has("sample_weight")) options.sample_weight = all.arrays.at(name + "/sample_weight");
  const auto history = model->fit(x, y, options);

  const auto& expected = c.at("history");
  EXPECT_EQ(history.history.size(), expected.size());
  for (const auto& [key, values] : expected.as_dict()) {
    const auto& got = history.at(key);
    ASSERT_EQ(got.size(), values.size()) << key;
    for (std::size_t i = 0; i < got.size(); ++i) expect_near(got[i], values.at(i).as_double(), key);
  }
  EXPECT_EQ(history.epoch, c.at("epoch").as_ints());
  const auto after = all.list(name + "/after");
  const auto weights = model->get_weights();
  ASSERT_EQ(weights.size(), after.size());
  for (std::size_t i = 0; i < after.size(); ++i) expect_near(weights[i], after[i], model->weights()[i]->name());
  const auto logs = model->evaluate(x, y, {.batch_size = 4, .verbose = 0});
  EXPECT_EQ(logs.names().size(), c.at("evaluate").size());
  for (const auto& [key, value] : c.at("evaluate").as_dict()) expect_near(logs.at(key), value.as_double(), key);
}

std::vector<std::pair<std::string, std::string>> all_cases() {
  std::vector<std::pair<std::string, std::string>> list;
  for (const std::string producer : {"tf-2.2.3", "tf-2.15.1", "keras-3.15.1"}) {
    for (const auto& [name, c] : recording(producer).cases.as_dict()) list.emplace_back(producer, name);
  }
  return list;
}
INSTANTIATE_TEST_SUITE_P(Recorded, FitLikeKeras, testing::ValuesIn(all_cases()), [](const auto& param_info) {
  auto name = param_info.param.first + "_" + param_info.param.second;
  for (auto& c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  }
  return name;
});

TEST(Fit, ShuffledEpochsFollowTheSeed) {
  const auto run = [](std::int64_t seed) {
    utils::set_random_seed(seed);
    const auto x = Input({3}, {.name = "x"});
    const Functional model(x, Dense(2, {.kernel_initializer = "ones"})(x));
    model->compile({.optimizer = "sgd", .loss = "mse"});
    Tensor data = Tensor::empty(DType::float32, {12, 3}), y = Tensor::empty(DType::float32, {12, 2});
    for (std::size_t i = 0; i < 36; ++i) data.mutable_data<float>()[i] = std::sin(static_cast<float>(i));
    for (std::size_t i = 0; i < 24; ++i) y.mutable_data<float>()[i] = std::cos(static_cast<float>(i));
    return model->fit(data, y, {.batch_size = 2, .epochs = 2, .verbose = 0}).at("loss");
  };
  EXPECT_EQ(run(1), run(1));
  EXPECT_NE(run(1), run(2));
}

TEST(Fit, SaysWhatIsWrongInKerassWords) {
  const auto x = Input({3}, {.name = "x"});
  const Functional model(x, Dense(2, {.name = "out"})(x));
  const auto data = Tensor::zeros(DType::float32, {4, 3}), y = Tensor::zeros(DType::float32, {4, 2});
  const auto message = [](const auto& call) -> std::string {
    try {
      call();
    } catch (const Error& error) {
      return error.report();
    }
    return "no error";
  };
  EXPECT_EQ(message([&] { model->fit(data, y); }),
            "RuntimeError: You must compile your model before training/testing. Use `model.compile(optimizer, loss)`.");
  EXPECT_EQ(message([&] {
              model->compile({.optimizer = "sgd", .loss = Losses{{"other", "mse"}}});
            }),
            "ValueError: Found unexpected keys that do not correspond to any Model output: ['other']. Expected: "
            "['out']");
  model->compile({.optimizer = "sgd", .loss = "mse"});
  EXPECT_EQ(message([&] {
              model->fit(data, Tensor::zeros(DType::float32, {3, 2}));
            }),
            "ValueError: Data cardinality is ambiguous:\n  x sizes: 4\n  y sizes: 3\nPlease provide data which shares "
            "the same first dimension.");
  EXPECT_EQ(message([&] { model->fit(data, y, {.batch_size = 0}); }),
            "ValueError: `batch_size` must be a positive integer. Received: 0");
  EXPECT_EQ(message([&] { model->evaluate(data); }),
            "ValueError: No loss to compute. Provide a `loss` argument in `compile()`, and y in `fit()` or "
            "`evaluate()`.");
}

TEST(Fit, AddedLossesNeedNoLabels) {
  class AddsLoss : public Layer {
   public:
    Values call(const Values& inputs, CallContext& context) override {
      context.add_loss(ops::reduce_sum(ops::square(inputs.tensor())) * 0.5);
      return inputs;
    }
  };
  const auto x = Input({2}, {.name = "x"});
  const Functional model(x, make<AddsLoss>()(Dense(2, {.use_bias = false, .kernel_initializer = "ones"})(x)));
  model->compile({.optimizer = "sgd"});
  const auto data = Tensor::from<float>({1, 2}, {1, 2});
  EXPECT_FLOAT_EQ(static_cast<float>(model->evaluate(data).at("loss")), 9.0F);
  const auto before = model->get_weights();
  model->train_on_batch(data);
  EXPECT_NE(before[0].data<float>()[0], model->get_weights()[0].data<float>()[0]);
}

TEST(Fit, FrozenLayersStay) {
  const auto x = Input({3}, {.name = "x"});
  const Dense frozen(4, {.name = "frozen"});
  const Functional model(x, Dense(2)(frozen(x)));
  model->compile({.optimizer = "sgd", .loss = "mse"});
  const auto data = Tensor::from<float>({1, 3}, {1, 2, 3}), y = Tensor::from<float>({1, 2}, {1, 1});
  model->train_on_batch(data, y);
  frozen->set_trainable(false);
  model->compile({.optimizer = "sgd", .loss = "mse"});
  const auto before = model->get_weights();
  model->train_on_batch(data, y);
  const auto after = model->get_weights();
  EXPECT_EQ(before[0].data<float>()[0], after[0].data<float>()[0]);
  EXPECT_NE(before[2].data<float>()[0], after[2].data<float>()[0]);
}

}  // namespace
}  // namespace hornbeam
