// HDF5 format, transfer learning: load the weights into the original model, then extract layers into a new one.
#include "sections.h"

namespace guide {
namespace {

hb::Functional create_functional_model() {
  const auto inputs = hb::Input({784}, {.name = "digits"});
  auto x = hb::Dense(64, {.activation = "relu", .name = "dense_1"})(inputs);
  x = hb::Dense(64, {.activation = "relu", .name = "dense_2"})(x);
  const auto outputs = hb::Dense(10, {.name = "predictions"})(x);
  return hb::Functional(inputs, outputs, {.name = "3_layer_mlp"});
}

}  // namespace

void transfer_learning_by_hdf5(const Folder& folder) {
  const auto functional_model = create_functional_model();
  functional_model->save_weights(folder / "pretrained_weights.h5");

  // In a separate program:
  const auto pretrained_model = create_functional_model();
  pretrained_model->load_weights(folder / "pretrained_weights.h5");
  assert_same_weights(pretrained_model->weights(), functional_model->weights());

  // Create a new model by extracting layers from the original model:
  const auto layers = pretrained_model->layers();
  std::vector<hb::SequentialItem> extracted_layers(layers.begin(), layers.end() - 1);
  extracted_layers.emplace_back(hb::Dense(5, {.name = "dense_3"}));
  const auto model = hb::Sequential(extracted_layers);

  check(model->count_params() == 54'725, "there are 54,725 params");
  check(model->get_layer("dense_1").ptr() == pretrained_model->get_layer("dense_1").ptr(),
        "the layers are the same ones");

  const auto digits = hb::ops::random_uniform({3, 784});
  leave_numbers(folder / "pretrained_weights.h5", digits, functional_model->predict(digits));
  model->save(folder / "new_model.h5");
  leave_numbers(folder / "new_model.h5", digits, model->predict(digits));
}

}  // namespace guide
