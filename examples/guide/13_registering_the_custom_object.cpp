// Registering the custom object: a class that is not found is an error; there are three ways to make it known.
#include "sections.h"

namespace guide {
namespace {

class Shift : public hb::Layer {
 public:
  explicit Shift(double by, const hb::LayerOptions& options = {}) : Layer(options), by_(by) {}
  hb::Values call(const hb::Values& inputs, hb::CallContext&) override { return hb::Tensor(inputs) + by_; }
  hb::Config get_config() const override {
    auto config = Layer::get_config();
    config.set("by", by_);
    return config;
  }
  static auto from_config(const hb::Config& config) { return hb::make<Shift>(config.at("by").as_double()); }

 private:
  double by_;
};

// Like it, to be registered for good.
class RegisteredShift : public Shift {
 public:
  using Shift::Shift;
  static auto from_config(const hb::Config& config) { return hb::make<RegisteredShift>(config.at("by").as_double()); }
};

}  // namespace

void registering_the_custom_object(const Folder& folder) {
  const auto config = hb::layers::serialize(hb::make<Shift>(2.0));
  const auto is_a_shift = [](const hb::LayerRef& layer) { return dynamic_cast<Shift*>(layer.ptr().get()) != nullptr; };

  const auto error = error_of([&] { hb::layers::deserialize(config); });
  check(error.starts_with("ValueError: Unknown layer: Shift"), "the class is not known; not \"" + error + "\"");

  // 1. The custom_objects argument of the loading function.
  const hb::CustomObjects custom_objects = {{"Shift", hb::custom_object<Shift>()}};
  check(is_a_shift(hb::layers::deserialize(config, custom_objects)), "the argument tells");

  // 2. CustomObjectScope: while it lives.
  {
    const hb::CustomObjectScope scope(custom_objects);
    check(is_a_shift(hb::layers::deserialize(config)), "the scope tells");
  }
  check(!error_of([&] { hb::layers::deserialize(config); }).empty(), "the scope is over");

  // 3. register_keras_serializable: for the whole process, and under the package's name in what is saved.
  hb::register_keras_serializable("RegisteredShift", hb::custom_object<RegisteredShift>(), "Guide");
  const auto registered = hb::layers::serialize(hb::make<RegisteredShift>(3.0));
  check(registered.at("class_name").as_string() == "Guide>RegisteredShift", "the package is in the name");
  check(is_a_shift(hb::layers::deserialize(registered)), "the registry tells");

  const hb::Sequential model({hb::Input({4}), hb::make<RegisteredShift>(3.0), hb::Dense(1)});
  model->save(folder / "registered.h5");
  const auto x = hb::ops::random_uniform({3, 4});
  assert_allclose(hb::models::load_model(folder / "registered.h5")->predict(x), model->predict(x));
  leave_numbers(folder / "registered.h5", x, model->predict(x));
}

}  // namespace guide
