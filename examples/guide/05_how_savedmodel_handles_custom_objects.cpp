// How SavedModel handles custom objects: the call function of every layer is in the file, as a graph. So a model loads
// without its class, and acts like the original; with the class and a config it is the original's class again.
#include "sections.h"

namespace guide {
namespace {

class CustomModel : public hb::Model {
 public:
  explicit CustomModel(std::vector<std::int64_t> hidden_units)
      : hidden_units_(std::move(hidden_units)),
        dense_layers_(track("dense_layers", std::vector<hb::Dense>(hidden_units_.begin(), hidden_units_.end()))) {}

  hb::Values call(const hb::Values& inputs, hb::CallContext&) override {
    auto x = inputs;
    for (const auto& layer : dense_layers_) x = layer(x);
    return x;
  }

 protected:
  const std::vector<std::int64_t> hidden_units_;

 private:
  const std::vector<hb::Dense> dense_layers_;
};

// It is always a good practice to define get_config and from_config.
class ConfiguredModel : public CustomModel {
 public:
  using CustomModel::CustomModel;
  hb::Config get_config() const override { return {{"hidden_units", hidden_units_}}; }
  static auto from_config(const hb::Config& config) {
    return hb::make<ConfiguredModel>(config.at("hidden_units").as_ints());
  }
};

bool is_original(const hb::ModelRef& model) { return dynamic_cast<CustomModel*>(model.ptr().get()) != nullptr; }

}  // namespace

void how_savedmodel_handles_custom_objects(const Folder& folder) {
  const std::vector<std::int64_t> hidden_units = {16, 16, 10};
  const auto model = hb::make<CustomModel>(hidden_units);
  // Build the model by calling it.
  const auto input_arr = hb::ops::random_uniform({1, 5});
  const auto outputs = model(input_arr);
  model->save(folder / "my_model");
  leave_numbers(folder / "my_model", input_arr, outputs);

  // In Python the class is deleted, to be sure that the loader has no access to it. In C++ it has none unless it is
  // told of the class.
  const auto loaded = hb::models::load_model(folder / "my_model");
  assert_allclose(loaded(input_arr), outputs);

  // The loader makes a new class that acts like the original model.
  check(loaded->class_name() == "CustomModel" && !is_original(loaded), "the class is another of the same name");
  // It can be trained, evaluated, and used for inference,
  const auto x = hb::ops::random_uniform({64, 5}), y = hb::ops::random_uniform({64, 10});
  assert_allclose(loaded->predict(x), model->predict(x), 1e-5);
  loaded->compile({.optimizer = hb::optimizers::SGD({.learning_rate = 0.1}), .loss = "mse"});
  const double before = loaded->evaluate(x, y).at("loss");
  loaded->fit(x, y, {.epochs = 3});
  check(loaded->evaluate(x, y).at("loss") < before, "training makes the loss less");
  // and saved again.
  loaded->save(folder / "saved_again");
  leave_numbers(folder / "saved_again", input_arr, loaded->predict(input_arr));

  // With a config and the class it is the class itself that comes back: call() may be updated later.
  const auto configured = hb::make<ConfiguredModel>(hidden_units);
  const auto configured_outputs = configured(input_arr);
  configured->save(folder / "with_config");
  leave_numbers(folder / "with_config", input_arr, configured_outputs);
  const auto registered = hb::models::load_model(
      folder / "with_config", {.custom_objects = {{"ConfiguredModel", hb::custom_object<ConfiguredModel>()}}});
  check(is_original(registered), "the registered class is used");
  assert_allclose(registered(input_arr), configured_outputs);
  // Without the class it is revived as above.
  const auto revived = hb::models::load_model(folder / "with_config");
  check(!is_original(revived), "there is no such class");
  assert_allclose(revived(input_arr), configured_outputs);
}

}  // namespace guide
