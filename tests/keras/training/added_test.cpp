// add_loss and add_metric: of layers in call, and of models.
#include <gmock/gmock.h>

#include "recorded_fit.h"
#include "support/error_of.h"

namespace hornbeam::training_test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing_support::error_of;

const auto kX = Tensor::from<float>({3, 2}, {1, 2, 3, 4, -1, 0});
const auto kY = Tensor::from<float>({3, 1}, {1, 0, 1});

ModelRef sum_model(const Values& x, const Values& h) {
  return Functional(x, Dense(1, {.kernel_initializer = "ones", .name = "out"})(h));
}

// The recorded model that was made by Keras's add_loss and add_metric, made here by ours.
TEST(AddedToTheModel, CountsAsInKeras) {
  for (const std::string producer : {"tf-2.2.3", "tf-2.15.1"}) {
    SCOPED_TRACE(producer);
    const auto& all = recording(producer);
    const auto& c = all.cases.at("model_adds");
    const auto model = model_of(c.at("plain").as_string());
    model->set_target(producer == "tf-2.2.3" ? "tf2.2" : "tf2.15");
    const auto h = model->get_layer("h")->output().tensor();
    model->add_loss(ops::reduce_mean(ops::square(h)) * 0.5);
    model->add_metric(ops::reduce_sum(h), "sum");
    model->add_metric(h, "mean_h");
    expect_fits_as(all, "model_adds", *model);
  }
}

TEST(AddedToTheModel, TheLayersComeAfterTheModelsOwn) {
  backend::clear_session();
  const auto x = Input({2}, {.name = "x"});
  const auto model = sum_model(x, x);
  const auto out = model->get_layer("out")->output().tensor();
  model->add_loss(ops::reduce_sum(out));
  model->add_loss(ops::reduce_sum(ops::square(out)));
  std::vector<std::string> names;
  for (const auto& layer : model->layers()) names.push_back(layer->name());
  ASSERT_EQ(names.size(), 7U);
  EXPECT_EQ(names[1], "out");
  EXPECT_EQ(names[3], "add_loss");
  EXPECT_EQ(names.back(), "add_loss_1");
  model->compile({.optimizer = "sgd"});
  EXPECT_EQ(model->evaluate(kX, {}, {.verbose = 0}).at("loss"), 3 + 7 - 1 + 9 + 49 + 1);
}

TEST(AddedToTheModel, AMetricOfItsOwnKind) {
  const auto x = Input({2}, {.name = "x"});
  const auto model = sum_model(x, x);
  model->add_metric(metrics::Sum({.name = "total"}), model->get_layer("out")->output().tensor());
  model->compile({.optimizer = "sgd", .loss = "mse"});
  EXPECT_EQ(model->evaluate(kX, kY, {.batch_size = 2, .verbose = 0}).at("total"), 3 + 7 - 1);
}

TEST(AddedToTheModel, LayersInsideAnotherModelAddToIt) {
  const auto x = Input({2}, {.name = "x"});
  const auto inner = sum_model(x, x);
  inner->add_loss(ops::reduce_sum(inner->get_layer("out")->output().tensor()));
  inner->add_metric(inner->get_layer("out")->output().tensor(), "mean_out");
  const auto y = Input({2}, {.name = "y"});
  const Functional outer(y, Dense(1)(inner(y)));
  outer->compile({.optimizer = "sgd"});
  const auto logs = outer->evaluate(kX, {}, {.verbose = 0});
  EXPECT_THAT(logs.names(), ElementsAre("loss", "mean_out"));
  EXPECT_THAT(logs.values(), ElementsAre(9, 3));
}

TEST(AddedToTheModel, ASequentialKeepsThemWhenItGrows) {
  const auto dense = Dense(1, {.kernel_initializer = "ones", .name = "first"});
  const Sequential model({Input({2}), dense});
  model->add_loss(ops::reduce_sum(dense->output().tensor()));
  model->add(Dense(1, {.kernel_initializer = "zeros"}));
  EXPECT_EQ(model->layers().size(), 2U);
  model->compile({.optimizer = "sgd", .loss = "mse"});
  EXPECT_FLOAT_EQ(static_cast<float>(model->evaluate(kX, kY, {.verbose = 0}).at("loss")), 9 + 2.0F / 3);
}

TEST(AddedToTheModel, SaysWhatIsWrongInKerassWords) {
  const auto x = Input({2}, {.name = "x"});
  const auto model = sum_model(x, x);
  const auto out = model->get_layer("out")->output().tensor();
  EXPECT_EQ(
      error_of([&] { model->add_loss(kY); }),
      "ValueError: Expected a symbolic Tensors or a callable for the loss value. Please wrap your loss computation in "
      "a zero argument `lambda`.");
  EXPECT_THAT(error_of([&] { model->add_metric(kY, "m"); }),
              HasSubstr("ValueError: Expected a symbolic Tensor for the metric value, received: "));
  EXPECT_EQ(error_of([&] { model->add_metric(out, ""); }),
            "ValueError: Please provide a name for your metric like `self.add_metric(tf.reduce_sum(inputs), "
            "name='mean_activation', aggregation='mean')`");
  EXPECT_EQ(
      error_of([&] { model->add_metric(out, "m", "sum"); }),
      "ValueError: We currently support only `mean` sample-wise metric aggregation. You provided aggregation=`sum`");
  const auto elsewhere = Input({2}, {.name = "elsewhere"});
  EXPECT_THAT(error_of([&] { model->add_loss(ops::reduce_sum(elsewhere)); }),
              HasSubstr("ValueError: Graph disconnected: cannot obtain value for tensor"));
  EXPECT_EQ(model->layers().size(), 2U);
}

TEST(AddedByLayers, MetricsOfALayersOwn) {
  class Counting final : public Layer {
   public:
    Values call(const Values& inputs, CallContext& context) override {
      context.add_metric(total_, inputs.tensor());
      if (context.training()) context.add_metric(inputs.tensor(), "in_training");
      return inputs;
    }

   private:
    Metric total_ = metrics::Sum({.name = "total"});
  };
  const auto x = Input({2}, {.name = "x"});
  const auto model = sum_model(x, make<Counting>()(x));
  model->compile({.optimizer = "sgd", .loss = "mse", .metrics = {"mae"}});
  const auto tested = model->evaluate(kX, kY, {.batch_size = 2, .verbose = 0});
  EXPECT_THAT(tested.names(), ElementsAre("loss", "mae", "total"));
  EXPECT_EQ(tested.at("total"), 9);
  const auto trained = model->train_on_batch(kX, kY);
  EXPECT_THAT(trained.names(), ElementsAre("loss", "mae", "total", "in_training"));
  EXPECT_EQ(trained.at("in_training"), 1.5);
  // The step that tests was made before: it does not know the new one.
  EXPECT_THAT(model->test_on_batch(kX, kY).names(), ElementsAre("loss", "mae", "total"));
}

}  // namespace
}  // namespace hornbeam::training_test
