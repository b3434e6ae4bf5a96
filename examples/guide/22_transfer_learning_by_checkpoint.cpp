// TF Checkpoint format, transfer learning: as long as two models have the same architecture, they can share a
// checkpoint.
#include "sections.h"

namespace guide {
namespace {

// Writes `pretrained_ckpt`; gives the model.
hb::Functional pretrain(const std::string& pretrained_ckpt) {
  const auto functional_model = guide::functional_model();

  // Extract a portion of the functional model. The following lines produce a new model that excludes the final output
  // layer.
  const auto pretrained = hb::Functional(functional_model->inputs(), functional_model->get_layer(-1)->input(),
                                         {.name = "pretrained_model"});
  // Randomly assign "trained" weights.
  for (const auto& w : pretrained->weights()) w->assign(hb::ops::random_normal(w->shape()));
  pretrained->save_weights(pretrained_ckpt);
  check(pretrained->summary().find("Model: \"pretrained_model\"") == 0, "the summary names the model");
  check(pretrained->count_params() == 54'400, "without the output layer there are 54,400 params");
  return pretrained;
}

// Assume this is a separate program where only `pretrained_ckpt` exists: a new functional model with a different output
// dimension.
void into_a_functional_model(const Folder& folder, const hb::Functional& pretrained) {
  const auto inputs = hb::Input({784}, {.name = "digits"});
  auto x = hb::Dense(64, {.activation = "relu", .name = "dense_1"})(inputs);
  x = hb::Dense(64, {.activation = "relu", .name = "dense_2"})(x);
  const auto outputs = hb::Dense(5, {.name = "predictions"})(x);
  const auto model = hb::Functional(inputs, outputs, {.name = "new_model"});

  // Load the weights from pretrained_ckpt into model.
  const auto status = model->load_weights(folder / "pretrained_ckpt");

  // Check that all of the pretrained weights have been loaded.
  auto weights = model->weights();
  weights.resize(pretrained->weights().size());
  assert_same_weights(weights, pretrained->weights());
  check(model->count_params() == 54'725, "with the new output layer there are 54,725 params");
  // The output layer's are the new model's own, and the status says so.
  check(status.unmatched().size() == 2 && status.unused().empty(), "two weights are not in the checkpoint");
  check(error_of([&] { status.assert_existing_objects_matched(); }).starts_with("AssertionError"), "not all matched");

  const auto digits = hb::ops::random_uniform({3, 784});
  model->save_weights(folder / "new_model");
  leave_numbers(folder / "new_model", digits, model->predict(digits));
}

// Example 2: Sequential model. Recreate the pretrained model, and load the saved weights.
void into_a_sequential_model(const Folder& folder, const hb::Functional& pretrained) {
  const auto inputs = hb::Input({784}, {.name = "digits"});
  auto x = hb::Dense(64, {.activation = "relu", .name = "dense_1"})(inputs);
  x = hb::Dense(64, {.activation = "relu", .name = "dense_2"})(x);
  const auto pretrained_model = hb::Functional(inputs, x, {.name = "pretrained"});

  // Sequential example:
  const auto model = hb::Sequential({pretrained_model, hb::Dense(5, {.name = "predictions"})});
  check(model->summary().find("pretrained (") != std::string::npos, "the pretrained model is its first layer");

  // Warning! `pretrained_model->load_weights()` is the correct method to call. The guide says that calling it on
  // `model` does not throw and loads nothing. What runs is otherwise: tf.keras 2.2.3 and 2.15.1 raise, because the
  // second layer with weights of the checkpoint (64 outputs) does not fit that of the Sequential (5 outputs); so does
  // Hornbeam. Nothing is loaded, in either.
  const auto before = model->get_weights();
  const auto error = error_of([&] { model->load_weights(folder / "pretrained_ckpt"); });
  check(error.starts_with("ValueError: ") && error.find("are incompatible") != std::string::npos,
        "the shapes are incompatible; not \"" + error + "\"");
  for (std::size_t i = 0; i < before.size(); ++i) assert_allclose(model->get_weights()[i], before[i]);

  pretrained_model->load_weights(folder / "pretrained_ckpt").assert_consumed();
  assert_same_weights(pretrained_model->weights(), pretrained->weights());
  const auto digits = hb::ops::random_uniform({3, 784});
  assert_allclose(pretrained_model->predict(digits), pretrained->predict(digits));
}

}  // namespace

void transfer_learning_by_checkpoint(const Folder& folder) {
  const auto pretrained = pretrain(folder / "pretrained_ckpt");
  const auto digits = hb::ops::random_uniform({3, 784});
  leave_numbers(folder / "pretrained_ckpt", digits, pretrained->predict(digits));
  into_a_functional_model(folder, pretrained);
  into_a_sequential_model(folder, pretrained);
}

}  // namespace guide
