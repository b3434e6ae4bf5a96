// The case of stateless layers: they change neither order nor number of weights, so models with and without them have
// compatible architectures.
#include "sections.h"

void guide::stateless_layers(const Folder& folder) {
  const auto functional_model = guide::functional_model();

  const auto inputs = hb::Input({784}, {.name = "digits"});
  auto x = hb::Dense(64, {.activation = "relu", .name = "dense_1"})(inputs);
  x = hb::Dense(64, {.activation = "relu", .name = "dense_2"})(x);
  // Add a dropout layer, which does not contain any weights.
  x = hb::Dropout(0.5)(x);
  const auto outputs = hb::Dense(10, {.name = "predictions"})(x);
  const auto functional_model_with_dropout = hb::Functional(inputs, outputs, {.name = "3_layer_mlp"});

  functional_model_with_dropout->set_weights(functional_model->get_weights());

  assert_same_weights(functional_model_with_dropout->weights(), functional_model->weights());
  const auto digits = hb::ops::random_uniform({3, 784});
  assert_allclose(functional_model_with_dropout->predict(digits), functional_model->predict(digits));

  functional_model_with_dropout->save(folder / "with_dropout");
  leave_numbers(folder / "with_dropout", digits, functional_model->predict(digits));
}
