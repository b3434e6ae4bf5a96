// Custom objects: what call() computes is code, which no config can say. To save and load a model with layers of one's
// own, or a subclassed model, they say in get_config what they are made from, and are registered. A function needs no
// config: its name is enough, as long as it is registered.
#include "sections.h"

namespace guide {
namespace {

class WithoutConfig : public hb::Model {
 public:
  hb::Values call(const hb::Values& inputs, hb::CallContext&) override { return dense_(inputs); }

 private:
  HB_ATTR(dense_, hb::Dense(1));
};

class Power : public hb::Layer {
 public:
  explicit Power(double exponent, const std::string& name = "power") : Layer(name), exponent_(exponent) {}
  hb::Values call(const hb::Values& inputs, hb::CallContext&) override {
    return hb::ops::pow(hb::Tensor(inputs), exponent_);
  }
  hb::Config get_config() const override {
    auto config = Layer::get_config();
    config.set("exponent", exponent_);
    return config;
  }
  static auto from_config(const hb::Config& config) {
    return hb::make<Power>(config.at("exponent").as_double(), config.at("name").as_string());
  }

 private:
  double exponent_;
};

hb::Tensor half(const hb::Tensor& x) { return x / 2; }

hb::Tensor far(const hb::Tensor& y_true, const hb::Tensor& y_pred) {
  return hb::ops::reduce_max(hb::ops::abs(y_true - y_pred), -1);
}

hb::Tensor hundredths(const hb::Shape& shape, hb::DType dtype) {
  return hb::ops::cast(hb::ops::fill(shape, hb::Tensor::scalar(0.01F)), dtype);
}

}  // namespace

void custom_models_layers_and_functions(const Folder& folder) {
  // A subclassed model that does not say what it is made from has no config, and there is no H5 file of it.
  const auto subclassed = hb::make<WithoutConfig>();
  subclassed(hb::ops::ones({1, 2}));
  check(error_of([&] { subclassed->get_config(); }).starts_with("NotImplementedError"), "there is no config");
  check(error_of([&] { subclassed->save(folder / "model.h5"); }).starts_with("NotImplementedError"), "there is no H5");

  // A layer with get_config; an activation, an initializer and a loss that are functions.
  const auto initializer = hb::initializers::custom("hundredths", hundredths);
  const auto loss = hb::losses::custom("far", far);
  const hb::Sequential model({
      hb::Input({4}),
      hb::make<Power>(3.0),
      hb::Dense(2, {.activation = HB_FUNCTION(half), .kernel_initializer = initializer}),
  });
  model->compile({.optimizer = "sgd", .loss = loss});
  model->save(folder / "custom.h5");
  const auto x = hb::ops::random_uniform({8, 4}), y = hb::ops::random_uniform({8, 2});
  leave_numbers(folder / "custom.h5", x, model->predict(x));

  const auto error = error_of([&] { hb::models::load_model(folder / "custom.h5"); });
  check(error.starts_with("ValueError: Unknown layer: Power"),
        "what is not registered is named; not \"" + error + "\"");
  const hb::CustomObjects custom_objects = {
      {"Power", hb::custom_object<Power>()},
      {"half", HB_FUNCTION(half)},
      {"hundredths", initializer},
      {"far", loss.ptr()},
  };
  const auto loaded = hb::models::load_model(folder / "custom.h5", {.custom_objects = custom_objects});
  assert_allclose(loaded->predict(x), model->predict(x));
  check(loaded->evaluate(x, y).at("loss") == model->evaluate(x, y).at("loss"), "the loss is the custom one");
}

}  // namespace guide
