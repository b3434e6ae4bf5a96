// TF Checkpoint format: save_weights() by default, and the status that load_weights() gives.
#include "sections.h"

void guide::checkpoint_format(const Folder& folder) {
  // Runnable example
  const auto sequential_model = hb::Sequential({
      hb::Input({784}, {.name = "digits"}),
      hb::Dense(64, {.activation = "relu", .name = "dense_1"}),
      hb::Dense(64, {.activation = "relu", .name = "dense_2"}),
      hb::Dense(10, {.name = "predictions"}),
  });
  sequential_model->save_weights(folder / "ckpt");
  const auto load_status = sequential_model->load_weights(folder / "ckpt");

  // `assert_consumed` can be used as validation that all variable values have been restored from the checkpoint. See
  // hb::train::CheckpointStatus for other methods of the status object.
  load_status.assert_consumed();
  load_status.assert_existing_objects_matched();

  check(hb::train::latest_checkpoint(folder / "") == folder / "ckpt", "the folder's file `checkpoint` names it");
  const auto digits = hb::ops::random_uniform({3, 784});
  leave_numbers(folder / "ckpt", digits, sequential_model->predict(digits));
}
