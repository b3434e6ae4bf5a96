// Custom layer and function example: both are found by their names in a CustomObjectScope.
#include "custom_layer.h"
#include "sections.h"

void guide::custom_layer_and_function(const Folder& folder) {
  const auto model = custom_model();

  // Retrieve the config.
  const auto config = model->get_config();
  check(!error_of([&] { hb::Functional::from_config(config); }).empty(), "the class is not known yet");

  // At loading time, register the custom objects with a CustomObjectScope:
  const hb::CustomObjectScope scope(custom_objects());
  const auto new_model = hb::Functional::from_config(config);

  check(new_model->get_config() == config, "the new model is the same");
  new_model->set_weights(model->get_weights());
  const auto x = hb::ops::random_uniform({3, 32});
  assert_allclose(new_model->predict(x), model->predict(x));

  // The same from files.
  for (const std::string name : {"custom", "custom.h5"}) {
    model->save(folder / name);
    assert_allclose(hb::models::load_model(folder / name)->predict(x), model->predict(x));
    leave_numbers(folder / name, x, model->predict(x));
  }
}
