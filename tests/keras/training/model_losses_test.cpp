// Losses that go back behind an activation or have no reduction, predictions outside [0, 1] in metrics, rows that weigh
// differently: as real Keras trained and evaluated (tools/record/record_model_losses.py).
#include <gtest/gtest.h>

#include <cmath>

#include "hornbeam/hornbeam.hpp"
#include "keras/wave.h"
#include "support/files.h"
#include "support/test_data.h"

namespace hornbeam {
namespace {

struct ModelLossesProducer {
  std::string name, target;
};
const std::vector<ModelLossesProducer> kModelLossesProducers = {
    {"tf-2.2.3", "tf2.2"}, {"tf-2.15.1", "tf2.15"}, {"keras-3.15.1", "keras3"}};

Config recorded_model_losses(const ModelLossesProducer& producer) {
  const auto path = test_data("keras") + "/model_losses/" + producer.name + ".json";
  return Config::parse(testing_support::read_file(path), path);
}

using testing_support::wave;

const auto kClasses = [] { return Tensor::from<std::int64_t>({6}, {0, 1, 2, 0, 1, 2}); };
const auto kOneHot = [] { return ops::one_hot(kClasses(), 3, DType::float32); };

ModelRef model_of(const std::string& activation, const std::string& target, float scale, float bias = 0) {
  const auto x = Input({4});
  const bool layer = activation == "Softmax";
  // Two functions, one name.
  const bool third = activation == "hard_sigmoid" && target == "keras3";
  auto y = Dense(3, {.activation = layer ? Activation() : Activation(third ? "hard_sigmoid_keras3" : activation)})(x);
  if (layer) y = Softmax()(y);
  const ModelRef model = Functional(x, y);
  model->set_target(target);
  model->set_weights({wave({4, 3}) * scale, Tensor::from<float>({3}, {bias, bias, bias})});
  return model;
}

TEST(ModelLosses, GoBackBehindAnyActivation) {
  for (const auto& producer : kModelLossesProducers) {
    const auto all = recorded_model_losses(producer).at("losses");
    ASSERT_GE(all.size(), 96U);
    for (const auto& row : all.as_list()) {
      SCOPED_TRACE(producer.name + " " + row.dump());
      const auto model =
          model_of(row.at("activation").as_string(), producer.target, static_cast<float>(row.at("scale").as_double()));
      const TargetScope scope(target_named(producer.target));
      model->compile({.optimizer = optimizers::SGD({.learning_rate = 0.1}),
                      .loss = Loss::from_config(row.at("loss")),
                      .run_eagerly = row.at("eager").as_bool()});
      const bool sparse = row.at("loss").at("class_name").as_string().starts_with("Sparse");
      const auto history = model->fit(wave({6, 4}), sparse ? kClasses() : kOneHot(),
                                      {.batch_size = 6, .epochs = 2, .verbose = 0, .shuffle = false});
      for (std::size_t i = 0; i < 2; ++i) {
        const double got = history.at("loss").at(i), wanted = row.at("history").at(i).as_double();
        if (std::isnan(wanted)) {
          EXPECT_TRUE(std::isnan(got)) << got << ", epoch " << i;
        } else {
          EXPECT_NEAR(got, wanted, 1e-5 * std::abs(wanted)) << "epoch " << i;
        }
      }
    }
  }
}

TEST(ModelLosses, PredictionsOutsideTheirRangeStopMetrics) {
  for (const auto& producer : kModelLossesProducers) {
    const auto all = recorded_model_losses(producer).at("ranges");
    for (const auto& row : all.as_list()) {
      SCOPED_TRACE(producer.name + " " + row.dump());
      const auto bias = row.at("bias").as_string();
      const auto model = model_of("linear", producer.target, 0.1F, bias == "nan" ? NAN : std::stof(bias));
      model->compile({.optimizer = "sgd",
                      .loss = "mse",
                      .metrics = {row.at("metric").as_string()},
                      .run_eagerly = row.at("eager").as_bool()});
      const auto evaluate = [&] { (void)model->evaluate(wave({6, 4}), kOneHot(), {.verbose = 0}); };
      if (row.at("error").is_null()) {
        EXPECT_NO_THROW(evaluate());
        continue;
      }
      ASSERT_EQ(row.at("error").as_string(), "InvalidArgumentError");
      try {
        evaluate();
        ADD_FAILURE() << "was taken";
      } catch (const InvalidArgumentError& error) {
        EXPECT_NE(std::string(error.what()).find(row.at("message").as_string()), std::string::npos) << error.what();
      }
    }
  }
}

TEST(ModelLosses, RowsThatWeighDifferentlyCountSoInMetrics) {
  for (const auto& producer : kModelLossesProducers) {
    const auto all = recorded_model_losses(producer).at("weighted");
    for (const auto& row : all.as_list()) {
      SCOPED_TRACE(producer.name + " " + row.dump());
      const auto model = model_of("softmax", producer.target, 1);
      const auto name = row.at("metric").as_string();
      model->compile({.optimizer = "sgd", .loss = "mse", .weighted_metrics = {name}});
      const auto weights = ops::reshape(wave({6}) + 1.5F, Shape(row.at("shape").as_ints()));
      const auto evaluate = [&] {
        return model->evaluate(wave({6, 4}), kOneHot(), {.verbose = 0, .sample_weight = weights});
      };
      if (row.has("error")) {
        EXPECT_THROW(evaluate(), Error);
        continue;
      }
      const auto& result = row.at("result");
      const auto got = ops::cast(evaluate().values().at(1).array(), DType::float64);
      const auto wanted = result.is_list() ? result.as_list() : Config::List{result};
      ASSERT_EQ(static_cast<std::size_t>(got.num_elements()), wanted.size());
      for (std::size_t i = 0; i < wanted.size(); ++i) {
        EXPECT_NEAR(got.data<double>()[i], wanted[i].as_double(), 1e-5 * std::abs(wanted[i].as_double())) << i;
      }
    }
  }
}

TEST(ModelLosses, WeightsOfRowsAndOfSteps) {
  for (const auto& producer : kModelLossesProducers) {
    const auto all = recorded_model_losses(producer).at("steps_weighted");
    ASSERT_EQ(all.size(), 8U);
    for (const auto& row : all.as_list()) {
      SCOPED_TRACE(producer.name + " " + row.dump());
      const auto x = Input({5, 4});
      const ModelRef model = Functional(x, Dense(3, {.activation = "sigmoid"})(x));
      model->set_target(producer.target);
      model->set_weights({wave({4, 3}), Tensor::zeros(DType::float32, {3})});
      model->compile({.optimizer = "sgd", .loss = "mse", .weighted_metrics = {row.at("metric").as_string()}});
      const auto evaluate = [&] {
        return model->evaluate(wave({6, 5, 4}), ops::cast(ops::greater(wave({6, 5, 3}, 0.3), 0.0), DType::float32),
                               {.verbose = 0, .sample_weight = wave(Shape(row.at("shape").as_ints())) + 1.5F});
      };
      if (row.has("error")) {
        EXPECT_THROW(evaluate(), Error);
        continue;
      }
      const auto logs = evaluate();
      for (std::size_t i = 0; i < 2; ++i) {
        const auto wanted = row.at("results").at(i).as_double();
        EXPECT_NEAR(logs.values().at(i), wanted, 1e-5 * std::abs(wanted));
      }
    }
  }
}

// What is minimised is the sum of a vector, what is told a mean that weighs batches by the squares of their sizes.
TEST(ModelLosses, WithoutAReductionAreVectors) {
  for (const auto& producer : kModelLossesProducers) {
    const auto all = recorded_model_losses(producer).at("reductions");
    ASSERT_EQ(all.size(), 48U);
    for (const auto& row : all.as_list()) {
      SCOPED_TRACE(producer.name + " " + row.dump());
      const TargetScope scope(target_named(producer.target));
      const auto outputs = row.at("outputs").as_int();
      const auto x = Input({4});
      Values::List ys;
      for (std::int64_t i = 0; i < outputs; ++i) {
        DenseOptions options{.activation = "softmax", .name = "o" + std::to_string(i)};
        if (row.at("regularized").as_bool()) options.kernel_regularizer = regularizers::L2(0.01);
        ys.emplace_back(Dense(3, options)(x));
      }
      const ModelRef model = Functional(x, Values(ys));
      model->set_target(producer.target);
      std::vector<Tensor> weights;
      for (const auto& w : model->get_weights()) {
        weights.push_back(wave(w.shape(), static_cast<double>(weights.size())));
      }
      model->set_weights(weights);
      std::vector<Loss> losses;
      for (std::int64_t i = 0; i < outputs; ++i) losses.push_back(Loss::from_config(row.at("loss")));
      const std::vector<double> loss_weights{0.5, 2.0};
      model->compile(
          {.optimizer = optimizers::SGD({.learning_rate = 0.1}),
           .loss = Losses(losses),
           .loss_weights = LossWeights(std::vector<double>(loss_weights.begin(), loss_weights.begin() + outputs))});
      const auto each = [&](const Tensor& t) {
        return outputs == 1 ? Values(t) : Values(Values::List(static_cast<std::size_t>(outputs), Values(t)));
      };
      FitOptions options{.batch_size = 4, .epochs = 3, .verbose = 0, .shuffle = false};
      if (row.at("weighted").as_bool()) options.sample_weight = each(wave({6}) + 1.5F);
      if (row.has("error")) {
        EXPECT_THROW(model->fit(wave({6, 4}), each(kOneHot()), options), Error);
        continue;
      }
      const auto history = model->fit(wave({6, 4}), each(kOneHot()), options);
      for (const auto& [name, values] : row.at("history").as_dict()) {
        for (std::size_t i = 0; i < values.size(); ++i) {
          const auto wanted = values.at(i).as_double();
          EXPECT_NEAR(history.at(name).at(i), wanted, 1e-5 * std::abs(wanted)) << name << " of epoch " << i;
        }
      }
    }
  }
}

TEST(ModelLosses, SortedIdsAreClassesTheMostLikelyFirst) {
  const TargetScope scope(Target::keras3);
  const auto metric = metrics::SparseTopKCategoricalAccuracy({.k = 1, .from_sorted_ids = true});
  metric->update_state(Tensor::from<std::int64_t>({2}, {2, 1}), Tensor::from<std::int64_t>({2, 3}, {1, 0, 3, 1, 2, 3}));
  EXPECT_EQ(metric->result().item<float>(), 0.5F);  // the example of Keras's documentation
  const auto config = metric->get_config(Target::keras3);
  EXPECT_EQ(Metric::from_config({{"class_name", "SparseTopKCategoricalAccuracy"}, {"config", config}})
                ->get_config(Target::keras3),
            config);
  EXPECT_TRUE(config.at("from_sorted_ids").as_bool());
  EXPECT_THROW((void)metric->get_config(Target::tf215), ValueError);
}

}  // namespace
}  // namespace hornbeam
