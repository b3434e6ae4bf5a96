// SavedModel format: train, save, load, and train on from where the optimizer stood.
#include "sections.h"

void guide::savedmodel_format(const Folder& folder) {
  const auto model = get_model();

  // Train the model.
  const auto test_input = hb::ops::random_uniform({128, 32});
  const auto test_target = hb::ops::random_uniform({128, 1});
  model->fit(test_input, test_target);

  // Calling `save("my_model")` creates a SavedModel folder `my_model`.
  model->save(folder / "my_model");

  // It can be used to reconstruct the model identically.
  const auto reconstructed_model = hb::models::load_model(folder / "my_model");

  // Let's check:
  assert_allclose(model->predict(test_input), reconstructed_model->predict(test_input));
  leave_numbers(folder / "my_model", test_input, model->predict(test_input));

  // The reconstructed model is already compiled and has retained the optimizer state, so training can resume. (In
  // tf.keras 2.2 and 2.15 themselves it starts anew, with step 0 and no moments, although the state is in the folder:
  // what the guide says is what happens here.)
  check(reconstructed_model->optimizer()->iterations()->value().item<std::int64_t>() == 4, "four steps were made");
  const auto resumed = reconstructed_model->fit(test_input, test_target, {.epochs = 2, .shuffle = false});
  const auto went_on = model->fit(test_input, test_target, {.epochs = 2, .shuffle = false});
  check(resumed.at("loss") == went_on.at("loss"), "training resumes as if it had never stopped");
  assert_same_weights(reconstructed_model->weights(), model->weights());

  // For real TensorFlow to go on too: what these two epochs come to.
  hb::save_npy(folder / "my_model.target.npy", test_target);
  hb::save_npy(folder / "my_model.losses.npy",
               hb::Tensor::from<double>({2}, {went_on.at("loss")[0], went_on.at("loss")[1]}));
  hb::save_npy(folder / "my_model.trained.npy", model->predict(test_input).tensor());
}
