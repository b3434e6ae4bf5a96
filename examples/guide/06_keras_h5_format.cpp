// Keras H5 format: a single file with the model's architecture, weights and compile() information.
#include "sections.h"

void guide::keras_h5_format(const Folder& folder) {
  const auto model = get_model();

  // Train the model.
  const auto test_input = hb::ops::random_uniform({128, 32});
  const auto test_target = hb::ops::random_uniform({128, 1});
  model->fit(test_input, test_target);

  // Calling `save("my_h5_model.h5")` creates a h5 file `my_h5_model.h5`.
  model->save(folder / "my_h5_model.h5");

  // It can be used to reconstruct the model identically.
  const auto reconstructed_model = hb::models::load_model(folder / "my_h5_model.h5");

  // Let's check:
  assert_allclose(model->predict(test_input), reconstructed_model->predict(test_input));
  leave_numbers(folder / "my_h5_model.h5", test_input, model->predict(test_input));

  // The reconstructed model is already compiled and has retained the optimizer state, so training can resume.
  const auto resumed = reconstructed_model->fit(test_input, test_target, {.epochs = 2, .shuffle = false});
  const auto went_on = model->fit(test_input, test_target, {.epochs = 2, .shuffle = false});
  check(resumed.at("loss") == went_on.at("loss"), "training resumes as if it had never stopped");

  // For real TensorFlow to go on too: what these two epochs come to.
  hb::save_npy(folder / "my_h5_model.h5.target.npy", test_target);
  hb::save_npy(folder / "my_h5_model.h5.losses.npy",
               hb::Tensor::from<double>({2}, {went_on.at("loss")[0], went_on.at("loss")[1]}));
  hb::save_npy(folder / "my_h5_model.h5.trained.npy", model->predict(test_input).tensor());
}
