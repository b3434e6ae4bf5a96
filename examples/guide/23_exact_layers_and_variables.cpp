// When architectures are quite different: hb::train::Checkpoint saves and restores the exact layers and variables.
#include "sections.h"

namespace guide {
namespace {

// A subclassed model that essentially uses functional_model's first and last layers.
class ContrivedModel : public hb::Model {
 public:
  hb::Values call(const hb::Values& inputs, hb::CallContext&) override {
    const auto x = first_dense(inputs);
    return hb::ops::matmul(x, kernel) + bias;
  }

  HB_ATTR(first_dense, hb::Dense(64));
  const hb::Variable kernel = add_variable("kernel", {64, 10});
  const hb::Variable bias = add_variable("bias", {10});
};

}  // namespace

void exact_layers_and_variables(const Folder& folder) {
  const auto functional_model = guide::functional_model();

  // First, save the weights of functional_model's first and last dense layers.
  const auto first_dense = functional_model->get_layer(1);
  const auto last_dense = functional_model->get_layer(-1);
  const auto kernel = last_dense->weights()[0], bias = last_dense->weights()[1];
  const auto ckpt_path =
      hb::train::Checkpoint({{"dense", first_dense}, {"kernel", kernel}, {"bias", bias}}).save(folder / "ckpt");

  const auto model = hb::make<ContrivedModel>();
  // Call model on inputs to create the variables of the dense layer.
  model(hb::ops::ones({1, 784}));

  // Create a Checkpoint with the same structure as before, and load the weights.
  hb::train::Checkpoint({{"dense", model->first_dense}, {"kernel", model->kernel}, {"bias", model->bias}})
      .restore(ckpt_path)
      .assert_consumed();

  check(ckpt_path == folder / "ckpt-1", "checkpoints are numbered");
  assert_same_weights(model->first_dense->weights(), first_dense->weights());
  assert_same_weights({model->kernel, model->bias}, {kernel, bias});
  leave_values(ckpt_path, {{"dense/kernel", first_dense->weights()[0]->value()},
                           {"dense/bias", first_dense->weights()[1]->value()},
                           {"kernel", kernel->value()},
                           {"bias", bias->value()},
                           {"save_counter", hb::Tensor::scalar(std::int64_t{1})}});
  const auto digits = hb::ops::random_uniform({3, 784});
  leave_numbers(ckpt_path, digits, model->predict(digits));
}

}  // namespace guide
