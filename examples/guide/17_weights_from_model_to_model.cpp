// Transferring weights from one model to another model with a compatible architecture, in memory.
#include "sections.h"

namespace guide {
namespace {

// A subclassed model with the same architecture as the functional one.
class SubclassedModel : public hb::Model {
 public:
  explicit SubclassedModel(std::int64_t output_dim, const hb::ModelOptions& options = {})
      : Model(options), output_dim_(output_dim) {}

  hb::Values call(const hb::Values& inputs, hb::CallContext&) override {
    auto x = dense_1(inputs);
    x = dense_2(x);
    return dense_3(x);
  }

  hb::Config get_config() const override { return {{"output_dim", output_dim_}, {"name", name()}}; }

 private:
  std::int64_t output_dim_;
  // Members that are layers are tracked: they are the model's layers, and its checkpoints have them by these names.
  HB_ATTR(dense_1, hb::Dense(64, {.activation = "relu", .name = "dense_1"}));
  HB_ATTR(dense_2, hb::Dense(64, {.activation = "relu", .name = "dense_2"}));
  HB_ATTR(dense_3, hb::Dense(output_dim_, {.name = "predictions"}));
};

}  // namespace

void weights_from_model_to_model(const Folder& folder) {
  // Create a simple functional model.
  const auto inputs = hb::Input({784}, {.name = "digits"});
  auto x = hb::Dense(64, {.activation = "relu", .name = "dense_1"})(inputs);
  x = hb::Dense(64, {.activation = "relu", .name = "dense_2"})(x);
  const auto outputs = hb::Dense(10, {.name = "predictions"})(x);
  const auto functional_model = hb::Functional(inputs, outputs, {.name = "3_layer_mlp"});

  const auto subclassed_model = hb::make<SubclassedModel>(10);
  // Call the subclassed model once to create the weights.
  subclassed_model(hb::ops::ones({1, 784}));

  // Copy weights from functional_model to subclassed_model.
  subclassed_model->set_weights(functional_model->get_weights());

  assert_same_weights(subclassed_model->weights(), functional_model->weights());
  const auto digits = hb::ops::random_uniform({3, 784});
  assert_allclose(subclassed_model->predict(digits), functional_model->predict(digits), 1e-5);

  subclassed_model->save_weights(folder / "subclassed");
  functional_model->save_weights(folder / "functional");
  leave_numbers(folder / "subclassed", digits, subclassed_model->predict(digits));
  leave_numbers(folder / "functional", digits, functional_model->predict(digits));
}

}  // namespace guide
