// to_json() and model_from_json(): as get_config() and from_config(), but a JSON string, which says the model's class
// too. For models, not for layers.
#include <fstream>

#include "sections.h"

void guide::to_json_and_model_from_json(const Folder& folder) {
  const auto model = hb::Sequential({hb::Input({32}), hb::Dense(1)});
  const auto json_config = model->to_json();
  const auto new_model = hb::models::model_from_json(json_config);

  check(new_model->class_name() == "Sequential", "the class is in the string");
  check(new_model->to_json() == json_config, "the new model is the same");

  // For real Keras: the architecture, and weights for it.
  std::ofstream(folder / "model.json") << json_config;
  model->save_weights(folder / "weights.h5");
  const auto x = hb::ops::random_uniform({3, 32});
  leave_numbers(folder / "model.json", x, model->predict(x));
}
