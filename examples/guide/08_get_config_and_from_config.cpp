// get_config() and from_config(): the configuration says what layers there are and how they are connected. What is made
// of it has freshly initialised weights and is not compiled. This works for Sequential and functional models, and for
// any serializable layer.
#include "sections.h"

namespace guide {
namespace {

void of_a_layer() {
  const auto layer = hb::Dense(3, {.activation = "relu"});
  const auto layer_config = layer->get_config();
  const auto new_layer = hb::Dense::from_config(layer_config);

  check(layer_config.at("units").as_int() == 3, "the config is a dict of plain data");
  check(new_layer->get_config() == layer_config, "the new layer is the same");
}

void of_a_sequential_model() {
  const auto model = hb::Sequential({hb::Input({32}), hb::Dense(1)});
  const auto config = model->get_config();
  const auto new_model = hb::Sequential::from_config(config);

  check(new_model->get_config() == config, "the new model is the same");
  check(!same_values(new_model->get_weights()[0], model->get_weights()[0]), "the weights are new ones");
}

void of_a_functional_model() {
  const auto inputs = hb::Input({32});
  const auto outputs = hb::Dense(1)(inputs);
  const auto model = hb::Functional(inputs, outputs);
  model->compile({.optimizer = "adam", .loss = "mse"});
  const auto config = model->get_config();
  const auto new_model = hb::Functional::from_config(config);

  check(new_model->get_config() == config, "the new model is the same");
  check(!new_model->is_compiled(), "there is no compilation information");
}

}  // namespace

void get_config_and_from_config(const Folder&) {
  of_a_layer();
  of_a_sequential_model();
  of_a_functional_model();
}

}  // namespace guide
