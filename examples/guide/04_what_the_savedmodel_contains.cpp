// What the SavedModel contains: `ls my_model`.
#include <set>

#include "sections.h"

namespace guide {
namespace {

std::set<std::string> names_in(const std::string& folder) {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) names.insert(entry.path().filename().string());
  return names;
}

}  // namespace

void what_the_savedmodel_contains(const Folder& folder) {
  const auto model = get_model();
  model->save(folder / "my_model");

  using Names = std::set<std::string>;
  // keras_metadata.pb is where TensorFlow 2.5 and later look for what 2.2 keeps inside saved_model.pb: one folder
  // serves them all.
  check(names_in(folder / "my_model") == Names{"assets", "keras_metadata.pb", "saved_model.pb", "variables"},
        "these are in the folder");
  check(names_in(folder / "my_model/variables") == Names{"variables.data-00000-of-00001", "variables.index"},
        "these are in variables/");

  // The weights are saved in variables/, a checkpoint by itself.
  const auto& weights = model->get_layer("dense")->weights();
  const auto variables = hb::train::load_checkpoint(folder / "my_model/variables/variables");
  assert_allclose(variables.get_tensor("layer_with_weights-0/kernel/.ATTRIBUTES/VARIABLE_VALUE"), weights[0]->value());
  assert_allclose(variables.get_tensor("layer_with_weights-0/bias/.ATTRIBUTES/VARIABLE_VALUE"), weights[1]->value());

  // Architecture and training configuration are in saved_model.pb: nothing else is needed to load the model.
  const auto loaded = hb::models::load_model(folder / "my_model");
  check(loaded->is_compiled(), "the model is compiled");
  check(loaded->get_config() == model->get_config(), "the architecture is the same");
  check(loaded->optimizer()->get_config() == model->optimizer()->get_config(), "the optimizer is the same");

  const auto x = hb::ops::random_uniform({3, 32});
  leave_numbers(folder / "my_model", x, model->predict(x));
}

}  // namespace guide
