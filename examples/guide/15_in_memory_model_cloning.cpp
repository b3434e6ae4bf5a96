// In-memory model cloning: clone_model() is get_config() and from_config() in one: neither compilation information nor
// the values of weights are kept.
#include "custom_layer.h"
#include "sections.h"

void guide::in_memory_model_cloning(const Folder&) {
  const auto model = custom_model();
  model->compile({.optimizer = "adam", .loss = "mse"});

  const hb::CustomObjectScope scope(custom_objects());
  const auto new_model = hb::models::clone_model(*model);

  check(new_model->get_config() == model->get_config(), "the clone is the same model");
  check(!new_model->is_compiled(), "it is not compiled");
  check(new_model->weights()[0] != model->weights()[0], "it has weights of its own");
  check(!same_values(new_model->get_weights()[0], model->get_weights()[0]), "with values of their own");
}
