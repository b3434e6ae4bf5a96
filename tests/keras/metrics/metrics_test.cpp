#include "hornbeam/metrics.hpp"

#include "graph/executor.h"
#include "hornbeam/losses.hpp"
#include "hornbeam/serialization.hpp"
#include "keras/recorded.h"

using namespace hornbeam;
using namespace hornbeam::testing_support;

namespace {

Target target_of(const std::string& producer) {
  if (producer.starts_with("keras-3")) return Target::keras3;
  return producer == "tf-2.2.3" ? Target::tf22 : Target::tf215;
}

Tensor array(const Recorded& r, const Config* key) {
  return !key || key->is_null() ? Tensor() : r.arrays.at(key->as_string());
}

template <class F>
int for_each_row(F&& f) {
  int rows = 0;
  for (const auto* producer : kProducers) {
    const Recorded recorded("metrics", producer);
    const TargetScope scope(target_of(producer));
    for (const auto& row : recorded.json.at("rows").as_list()) {
      SCOPED_TRACE(std::string(producer) + " " + row.dump().substr(0, 300));
      f(recorded, row);
      ++rows;
    }
  }
  return rows;
}

// A number, or a (nested) list of them.
void expect_number(const Tensor& got, const Config& want, const std::string& what) {
  std::vector<double> flat;
  const std::function<void(const Config&)> add = [&](const Config& c) {
    if (!c.is_list()) return flat.push_back(c.as_double());
    for (const auto& item : c.as_list()) add(item);
  };
  add(want);
  ASSERT_EQ(got.num_elements(), static_cast<std::int64_t>(flat.size())) << what;
  const auto numbers = ops::cast(got, DType::float64);
  for (std::size_t i = 0; i < flat.size(); ++i) {
    EXPECT_NEAR(numbers.data<double>()[i], flat[i], 2e-6 * (1 + std::abs(flat[i]))) << what << " [" << i << "]";
  }
}

// The call with the update's arguments: Mean and Sum take values.
void update(const Metric& metric, const Recorded& r, const Config& u) {
  if (u.has("values")) {
    metric->update_state(array(r, u.find("values")), array(r, u.find("weights")));
  } else {
    metric->update_state(array(r, u.find("y_true")), array(r, u.find("y_pred")), array(r, u.find("weights")));
  }
}

void expect_updates(const Metric& metric, const Recorded& r, const Config& row) {
  int n = 0;
  for (const auto& u : row.at("updates").as_list()) {
    if (u.has("error")) break;
    const auto what = "update " + std::to_string(n++);
    update(metric, r, u);
    expect_number(metric->result(), u.at("result"), what);
    const auto& state = u.at("state").as_list();
    ASSERT_EQ(metric->variables().size(), state.size());
    for (std::size_t i = 0; i < state.size(); ++i) expect_number(metric->variables()[i]->value(), state[i], what);
  }
}

}  // namespace

TEST(Metrics, UpdatesOfEveryProducer) {
  const auto rows = for_each_row([](const Recorded& r, const Config& row) {
    const auto metric = Metric::from_config(row.at("serialized").at(0));
    expect_updates(metric, r, row);
    metric->reset_state();
    for (const auto& v : metric->variables()) {
      const auto zeros = Tensor::zeros(v->dtype(), v->shape());
      EXPECT_TRUE(ops::reduce_all(ops::equal(v->value(), zeros)).item<bool>());
    }
    expect_updates(metric, r, row);
  });
  EXPECT_GT(rows, 280);
}

TEST(Metrics, TracedUpdatesHappenWhenTheFunctionRuns) {
  for_each_row([](const Recorded& r, const Config& row) {
    const auto metric = Metric::from_config(row.at("serialized").at(0));
    for (const auto& u : row.at("updates").as_list()) {
      if (u.has("error")) break;
      std::vector<Tensor> inputs;
      std::vector<TensorSpec> specs;
      for (const auto* key : {"y_true", "y_pred", "values", "weights"}) {
        const auto x = array(r, u.find(key));
        if (!x.defined()) continue;
        auto dims = x.shape().dims();
        if (!dims.empty() && metric->class_name() != "MeanTensor") dims[0] = None;
        inputs.push_back(x);
        specs.push_back({x.dtype(), Shape(dims)});
      }
      const graph::Executable step(graph::trace("update", specs, [&](std::span<const Tensor> in) {
        metric->update_state(in[0], in.size() > 1 ? in[1] : Tensor(), in.size() > 2 ? in[2] : Tensor());
        return std::vector<Tensor>{metric->result()};
      }));
      expect_number(step.run(inputs)[0], u.at("result"), "traced");
    }
  });
}

TEST(Metrics, ConfigsAndNamesAreKerass) {
  for_each_row([](const Recorded& r, const Config& row) {
    const auto target = target_of(r.producer);
    for (const auto& form : row.at("serialized").as_list()) {
      const auto metric = Metric::from_config(form);
      EXPECT_EQ(metric->class_name(), form.at("class_name").as_string());
      if (row.has("function")) continue;
      auto want = form.at("config");
      if (auto* weights = want.find("label_weights"); weights && weights->is_dict()) {
        *weights = weights->at("config").at("value");  // lists serve as well as wrapped arrays
      }
      EXPECT_TRUE(metric->get_config(target).equivalent(want))
          << metric->get_config(target).dump() << "\ninstead of " << want.dump();
    }
    if (row.has("function") && target != Target::tf22) {
      // H5's form: the function by name in 2.15, as an object in Keras 3.
      const auto& form = row.at("serialized").as_list().back();
      EXPECT_TRUE(Metric::from_config(form).to_config(target).at("config").equivalent(form.at("config")))
          << Metric::from_config(form).to_config(target).dump() << "\ninstead of " << form.dump();
    }
    if (!row.has("names")) return;
    const auto metric = Metric::from_config(row.at("serialized").at(0));
    auto names = Config::list();
    for (const auto& v : metric->variables()) names.push_back(target == Target::keras3 ? v->path() : v->name());
    EXPECT_EQ(names.dump(), row.at("names").dump());
  });
}

TEST(Metrics, WordsResolveByShape) {
  for (const auto* producer : kProducers) {
    const Recorded recorded("metrics", producer);
    const auto target = target_of(producer);
    const TargetScope scope(target);
    for (const auto& row : recorded.json.at("resolved").as_list()) {
      SCOPED_TRACE(std::string(producer) + " " + row.dump());
      const auto& word = row.at("word").as_string();
      const auto resolve = [&] {
        return metrics::resolve(word, Shape(row.at("y_true").as_ints()), Shape(row.at("y_pred").as_ints()));
      };
      if (word == "foo") {
        EXPECT_THROW(resolve(), ValueError);
        continue;
      }
      if (row.has("error")) continue;  // Keras 3 has no "crossentropy"
      // 2.15 takes a word it does not know for a function, and fails when it calls it.
      if (row.at("class_name") == Config("MeanMetricWrapper") && row.at("function").is_null() &&
          target != Target::keras3) {
        continue;
      }
      const auto metric = resolve();
      const auto& name = row.at("name").as_string();
      const auto plain = metric->class_name() == "AUC" || metric->class_name() == "Precision"
                             ? name.substr(0, name.find('_'))  // numbered by all that came before
                             : name;
      EXPECT_TRUE(metric->name().starts_with(plain)) << metric->name() << " instead of " << name;
      if (target == Target::keras3 || row.at("function").is_null() ||
          row.at("class_name") != Config("MeanMetricWrapper")) {
        continue;
      }
      EXPECT_EQ(metric->get_config(target).at("fn"), row.at("function"));
    }
  }
}

TEST(Metrics, MasksTakeSamplesOut) {
  const auto y_true = Tensor::from<float>({4, 1}, {1, 2, 3, 4}), y_pred = Tensor::from<float>({4, 1}, {2, 4, 6, 8});
  const auto mask = Tensor::from<bool>({4}, {true, false, true, false});
  for (const auto target : {Target::tf22, Target::tf215, Target::keras3}) {
    const TargetScope scope(target);
    const auto mae = metrics::MeanAbsoluteError();
    mae->update_state(y_true, y_pred, {}, mask);
    EXPECT_EQ(mae->result().item<float>(), 2.0F);
    mae->reset_state();
    mae->update_state(y_true, y_pred, Tensor::from<float>({4}, {1, 5, 3, 5}), mask);
    EXPECT_EQ(mae->result().item<float>(), 2.5F);
  }
}

TEST(Metrics, ErrorsAndRefusals) {
  const Recorded recorded("metrics", "tf-2.2.3");
  const auto message_of = [](auto&& call) -> std::string {
    try {
      call();
    } catch (const Error& error) {
      return error.what();
    }
    return "nothing was thrown";
  };
  const auto starts = [&](const std::string& got, const char* name) {
    const auto& want = recorded.json.at("errors").at(name).at("message").as_string();
    EXPECT_TRUE(got.starts_with(want)) << got << "\ninstead of " << want;
  };
  starts(message_of([] { metrics::resolve("foo", {2, 1}, {2, 1}); }), "unknown_get");
  starts(message_of([] {
           Metric::from_config({{"class_name", "Foo"}, {"config", Config::dict()}});
         }),
         "unknown_deserialize");
  EXPECT_THROW(Metric::from_config({{"class_name", "SumOverBatchSize"}, {"config", Config::dict()}}),
               NotImplementedError);
  EXPECT_THROW(Metric("accuracy")->result(), ValueError);
  EXPECT_THROW(Metric::from_config(3), ValueError);
  EXPECT_THROW(metrics::MeanSquaredError()->update_state(Tensor::scalar(1.0F)), TypeError);
  EXPECT_EQ(Metric("acc").to_config(), Config("acc"));
}

// What Keras says of wrong arguments, in 2.2's words or, of what 2.2 lacks, 2.15's: the first of them.
TEST(Metrics, WrongArgumentsAreToldAsKerasTells) {
  const auto zeros = [](const Shape& shape) { return Tensor::zeros(DType::float32, shape); };
  const auto vector = Tensor::from<float>({2}, {0, 1});
  const std::map<std::string, std::function<void()>> calls = {
      {"thresholds",
       [] {
         metrics::Precision({.thresholds = std::vector<double>{0.5, 2.0}});
       }},
      {"curve", [] { metrics::AUC({.curve = "foo"}); }},
      {"summation", [] { metrics::AUC({.summation_method = "foo"}); }},
      {"num_thresholds", [] { metrics::AUC({.num_thresholds = 1}); }},
      {"specificity", [] { metrics::SensitivityAtSpecificity({.at = 2.0}); }},
      {"shapes",
       [&] {
         metrics::Precision()->update_state(zeros({2, 3}), zeros({2, 4}));
       }},
      {"range",
       [&] {
         const TargetScope scope(Target::tf22);  // later Kerases count what they are given
         metrics::Precision()->update_state(vector, vector + 1);
       }},
      {"rank", [&] { metrics::AUC({.multi_label = true})->update_state(vector, vector); }},
      {"average", [] { metrics::F1Score({.average = "foo"}); }},
      {"beta", [] { metrics::FBetaScore({.beta = -1.0}); }},
      {"threshold", [] { metrics::FBetaScore({.threshold = 2.0}); }},
      {"aggregation", [] { metrics::R2Score({.class_aggregation = "foo"}); }},
      {"regressors", [] { metrics::R2Score({.num_regressors = -1}); }},
      {"target_class", [] { metrics::IoU({.num_classes = 2, .target_class_ids = {2}}); }},
      {"f1_rank", [&] { metrics::F1Score()->update_state(vector, vector); }},
      {"num_labels", [] { metrics::AUC({.num_labels = 2}); }},
  };
  const Recorded old("metrics", "tf-2.2.3"), now("metrics", "tf-2.15.1");
  for (const auto& [name, call] : calls) {
    const auto* in_old = old.json.at("errors").find(name);
    const auto& want = in_old ? *in_old : now.json.at("errors").at(name);
    try {
      call();
      ADD_FAILURE() << name << ": nothing was thrown";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), want.at("error").as_string()) << name << ": " << error.what();
      const auto words = want.at("message").as_string().substr(0, 20);
      EXPECT_TRUE(std::string(error.what()).starts_with(words)) << error.what() << "\ninstead of " << words;
    }
  }
}

TEST(Metrics, EachKerasHasItsOwn) {
  EXPECT_THROW(metrics::F1Score()->to_config(Target::tf22), ValueError);
  EXPECT_THROW(metrics::PearsonCorrelation()->to_config(Target::tf215), ValueError);
  EXPECT_THROW(metrics::MeanTensor()->to_config(Target::keras3), ValueError);
  EXPECT_THROW(metrics::MeanIoU({.num_classes = 3, .ignore_class = 0})->to_config(Target::tf22), ValueError);
  EXPECT_THROW(metrics::AUC({.curve = "PRGAIN"})->to_config(), ValueError);
  EXPECT_THROW(Metric::from_config({{"class_name", "MeanIoU"}, {"config", {{"num_classes", 1LL << 40}}}}), ValueError);
  EXPECT_THROW(Metric::from_config({{"class_name", "AUC"}, {"config", {{"num_thresholds", 1LL << 40}}}}), ValueError);
}

TEST(Metrics, CustomOnesAreFoundByName) {
  const auto twice = [](const Tensor& t, const Tensor& p) { return ops::reduce_mean(ops::abs(t - p) * 2, -1); };
  const auto y_true = Tensor::from<float>({2, 1}, {1, 2}), y_pred = Tensor::from<float>({2, 1}, {3, 5});
  const auto mine = metrics::custom("mine", twice);
  mine->update_state(y_true, y_pred);
  EXPECT_EQ(mine->result().item<float>(), 5.0F);
  EXPECT_EQ(mine->to_config().dump(),
            R"({"class_name": "MeanMetricWrapper", "config": {"name": "mine", "dtype": "float32", "fn": "mine"}})");
  EXPECT_THROW(metrics::resolve("mine", {2, 1}, {2, 1}), ValueError);
  // A loss of that name serves as well.
  for (const CustomObject& object :
       {CustomObject(MetricFunction{twice}), CustomObject(losses::custom("mine", twice))}) {
    const CustomObjectScope scope({{"mine", object}});
    for (const auto& metric : {metrics::resolve("mine", {2, 1}, {2, 1}), Metric::from_config(mine->to_config())}) {
      metric->update_state(y_true, y_pred);
      EXPECT_EQ(metric->result().item<float>(), 5.0F);
    }
  }
  const CustomObjectScope scope({{"Mine", MetricFactory{[](const Config& c) {
                                    return metrics::Sum({.name = c.at("name").as_string()}).ptr();
                                  }}}});
  const auto sum = Metric::from_config({{"class_name", "Mine"}, {"config", {{"name", "total"}}}});
  EXPECT_EQ(sum->name(), "total");
}
