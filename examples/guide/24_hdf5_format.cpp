// HDF5 format: weights grouped by the names of layers, in the order of layer.weights.
#include "sections.h"

void guide::hdf5_format(const Folder& folder) {
  // Runnable example
  const auto sequential_model = hb::Sequential({
      hb::Input({784}, {.name = "digits"}),
      hb::Dense(64, {.activation = "relu", .name = "dense_1"}),
      hb::Dense(64, {.activation = "relu", .name = "dense_2"}),
      hb::Dense(10, {.name = "predictions"}),
  });
  sequential_model->save_weights(folder / "weights.h5");
  sequential_model->load_weights(folder / "weights.h5");

  // Any model with the same layers can use it, by their order or by their names.
  const auto functional_model = guide::functional_model();
  functional_model->load_weights(folder / "weights.h5");
  assert_same_weights(functional_model->weights(), sequential_model->weights());
  const auto part = hb::Sequential({hb::Input({784}), hb::Dense(64, {.activation = "relu", .name = "dense_1"})});
  part->load_weights(folder / "weights.h5", {.by_name = true});
  assert_same_weights(part->weights(), sequential_model->get_layer("dense_1")->weights());

  const auto digits = hb::ops::random_uniform({3, 784});
  leave_numbers(folder / "weights.h5", digits, sequential_model->predict(digits));
}
