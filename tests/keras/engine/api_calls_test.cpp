// The spellings of the C++ API: nested inputs, call options, names of classes and functions, lists and dicts of losses,
// tracked members, custom objects. What must compile, and mean the same wherever two spellings do.
#include <map>

#include "helpers.h"

namespace hornbeam::engine_test {

Tensor custom_activation(const Tensor& x) { return ops::relu(x) * 2; }

namespace app {
class CustomLayer : public Layer {
 public:
  explicit CustomLayer(std::int64_t units = 32) : units_(units) {}
  void build(const Shape& input_shape) override {
    w_ = add_weight("w", {input_shape.back(), units_});
    b_ = add_weight("b", {units_});
  }
  Values call(const Values& inputs, CallContext& context) override {
    const Tensor y = ops::matmul(inputs, w_) + b_;
    return context.training() ? Values(-y) : Values(y);
  }
  Config get_config() const override {
    auto config = Layer::get_config();
    config.set("units", units_);
    return config;
  }
  static Ref<Layer> from_config(const Config& c) { return make<CustomLayer>(c.at("units").as_int()); }

 private:
  std::int64_t units_;
  Variable w_, b_;
};

// Gives back how its inputs were nested.
class Structure : public Layer {
 public:
  Values call(const Values& x, CallContext&) override {
    kind = x.is_dict() ? "dict" : x.is_list() ? "list" : "tensor";
    return x.is_tensor() ? x : Values(x.flatten()[0]);
  }
  std::string kind;
};

class SubclassedModel : public Model {
 public:
  explicit SubclassedModel(std::int64_t output_dim, const ModelOptions& o = {}) : Model(o), output_dim_(output_dim) {}
  Values call(const Values& inputs, CallContext&) override { return dense_3(dense_2(dense_1(inputs))); }
  Config get_config() const override { return {{"output_dim", output_dim_}, {"name", name()}}; }

 private:
  std::int64_t output_dim_;
  const Dense dense_1 = track("dense_1", Dense(64, {.activation = "relu", .name = "dense_1"}));
  HB_ATTR(dense_2, Dense(64, {.activation = "relu", .name = "dense_2"}));
  HB_ATTR(dense_3, Dense(output_dim_, {.name = "predictions"}));
};

class ListOfLayers : public Model {
 public:
  explicit ListOfLayers(const std::vector<std::int64_t>& units)
      : layers_(track("dense_layers", std::vector<Dense>(units.begin(), units.end()))) {}
  Values call(const Values& inputs, CallContext&) override {
    auto x = inputs;
    for (const auto& layer : layers_) x = layer(x);
    return x;
  }

 private:
  const std::vector<Dense> layers_;
};
}  // namespace app

using ApiCalls = EngineTest;  // NOLINT

TEST_F(ApiCalls, NestedInputs) {
  const auto a = Input({32}, {.name = "title"}), b = Input({32}, {.name = "body"});
  const Tensor y = Add()({a, b});
  EXPECT_EQ(y.shape(), Shape({None, 32}));
  const auto structure = make<app::Structure>();
  const Values two = structure({{"title", a}, {"body", b}});
  EXPECT_EQ(structure->kind, "dict");
  const Values one = structure({{"title", a}});
  EXPECT_EQ(structure->kind, "dict");
  structure({a, b});
  EXPECT_EQ(structure->kind, "list");
  structure(a);
  EXPECT_EQ(structure->kind, "tensor");
  EXPECT_EQ(structure->class_name(), "Structure");
  const Functional dict({a, b}, {{"head", y}, {"tail", Dense(3)(y)}}, {.name = "two"});
  EXPECT_TRUE(dict->symbolic_outputs().is_dict());
  EXPECT_EQ(dict->name(), "two");
  const Values outputs = dict->predict({ops::ones({1, 32}), ops::ones({1, 32})});
  EXPECT_EQ(values_of(outputs["head"])[0], 2);
  EXPECT_EQ(Functional(a, Dense(3)(a))->symbolic_outputs().tensor().shape(), Shape({None, 3}));
}

TEST_F(ApiCalls, CallOptions) {
  const auto m = make<app::CustomLayer>(1);
  EXPECT_EQ(m->class_name(), "CustomLayer");
  const auto x = floats({1, 1}, {3});
  const Tensor inference = m(x);
  const Tensor training = m(x, {.training = true});
  EXPECT_EQ(values_of(training)[0], -values_of(inference)[0]);
}

TEST_F(ApiCalls, NamedFunctions) {
  const auto x = floats({1, 2}, {1, 2});
  const Dense dense(1, {.activation = HB_FUNCTION(custom_activation), .kernel_initializer = "ones", .name = "d"});
  EXPECT_EQ(values_of(dense(x))[0], 6);
  EXPECT_EQ(dense->get_config().at("activation").as_string(), "custom_activation");
}

TEST_F(ApiCalls, Sequentials) {
  const Sequential s({Input({784}), Dense(64), Dense(10, {.activation = "softmax"})}, {.name = "s"});
  EXPECT_EQ(s->layers().size(), 2U);
  EXPECT_EQ(s->count_params(), 784 * 64 + 64 + 64 * 10 + 10);
}

TEST_F(ApiCalls, Losses) {
  const auto losses = [](const CompileOptions& options) {
    const auto a = Input({2});
    const Functional model(a, {{"head", Dense(1, {.name = "head"})(a)}, {"tail", Dense(1, {.name = "tail"})(a)}});
    model->compile(options);
    const Values y{{"head", floats({1, 1}, {1})}, {"tail", floats({1, 1}, {1})}};
    return model->evaluate(floats({1, 2}, {0, 0}), y, {.verbose = 0}).at("loss");
  };
  EXPECT_EQ(losses({.optimizer = "adam", .loss = "mse"}), 2);
  EXPECT_EQ(losses({.loss = {"mse", "mae"}}), 2);
  EXPECT_EQ(losses({.loss = {{"head", "mse"}, {"tail", "mae"}}}), 2);
  EXPECT_EQ(losses({.loss = hornbeam::Losses{{"head", "mse"}, {"tail", "mae"}}}), 2);
  EXPECT_EQ(losses({.loss = {{{"head", "mse"}, {"tail", "mae"}}}}), 2);
}

TEST_F(ApiCalls, TrackedMembers) {
  const auto model = make<app::SubclassedModel>(10);
  model(ops::ones({1, 784}));
  EXPECT_EQ(model->weights().size(), 6U);
  EXPECT_EQ(model->get_config().at("output_dim").as_int(), 10);
  const auto list = make<app::ListOfLayers>(std::vector<std::int64_t>{16, 10});
  EXPECT_EQ(list(ops::ones({1, 5})).tensor().shape(), Shape({1, 10}));
  EXPECT_EQ(list->weights().size(), 4U);
  const Dense last(10);
  last(ops::ones({1, 784}));
  EXPECT_EQ(last->kernel->shape(), Shape({784, 10}));
  EXPECT_EQ(last->bias->shape(), Shape({10}));
}

TEST_F(ApiCalls, CustomObjects) {
  const Config object{{"class_name", "CustomLayer"}, {"config", make<app::CustomLayer>(32)->get_config()}};
  {
    const CustomObjectScope scope({{"CustomLayer", custom_object<app::CustomLayer>()}});
    EXPECT_EQ(layers::deserialize(object)->get_config().at("units").as_int(), 32);
  }
  EXPECT_EQ(message_of<ValueError>([&] { layers::deserialize(object); }).substr(0, 26), "Unknown layer: CustomLayer");
}

}  // namespace hornbeam::engine_test
