// Defining the config methods: get_config() gives plain data, from_config(config) makes a new object of it.
#include "sections.h"

namespace guide {
namespace {

class CustomLayer : public hb::Layer {
 public:
  explicit CustomLayer(std::int32_t a)
      : var(track("var", hb::make_variable(hb::Tensor::scalar(a), {.name = "var_a"}))) {}

  hb::Values call(const hb::Values& inputs, hb::CallContext& context) override {
    if (!context.training()) return inputs;
    return hb::Tensor(inputs) * hb::ops::cast(var, inputs.tensor().dtype());
  }

  hb::Config get_config() const override { return {{"a", var->value().item<std::int32_t>()}}; }

  // In Python the default, cls(**config), would do.
  static auto from_config(const hb::Config& config) {
    return hb::make<CustomLayer>(static_cast<std::int32_t>(config.at("a").as_int()));
  }

  const hb::Variable var;
};

}  // namespace

void defining_the_config_methods(const Folder&) {
  const auto layer = hb::make<CustomLayer>(5);
  layer->var->assign(hb::Tensor::scalar(std::int32_t{2}));

  const auto serialized_layer = hb::layers::serialize(layer);
  const auto new_layer = hb::layers::deserialize(serialized_layer, {{"CustomLayer", hb::custom_object<CustomLayer>()}});

  check(serialized_layer.dump() == R"({"class_name": "CustomLayer", "config": {"a": 2}})",
        "the class's name goes with its config; not " + serialized_layer.dump());
  check(new_layer->get_weights()[0].item<std::int32_t>() == 2, "the new layer starts with 2");
  const auto x = hb::ops::ones({1, 3});
  assert_allclose(new_layer(x), x);
  assert_allclose(new_layer(x, {.training = true}), x * 2);
}

}  // namespace guide
