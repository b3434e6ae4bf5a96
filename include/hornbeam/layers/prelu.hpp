// PReLU: a ReLU whose slope below zero is learned. Mirrors keras.layers.PReLU.
//
// x for x >= 0, alpha * x below. Weight alpha: the input's shape without the batch, with 1 for each of shared_axes
// (counted with the batch: 1 is the first after it). Output shape as the input's. See layers.hpp.
#pragma once

#include "hornbeam/fields.hpp"

namespace hornbeam {

struct PReLUOptions {
  Initializer alpha_initializer = "zeros";
  Regularizer alpha_regularizer = {};
  Constraint alpha_constraint = {};
  std::optional<std::vector<std::int64_t>> shared_axes = {};
  HB_LAYER_OPTIONS
};

class PReLULayer final : public Layer {
 public:
  HB_LAYER(PReLULayer, "PReLU")
  explicit PReLULayer(const PReLUOptions& options) : Layer(options.layer()), o_(options) { check(); }
  using Layer::build;
  void build(const Shape& input_shape) override;
  Values call(const Values& inputs, CallContext& context) override;
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f("alpha_initializer", self.o_.alpha_initializer);
    f("alpha_regularizer", self.o_.alpha_regularizer);
    f("alpha_constraint", self.o_.alpha_constraint);
    f("shared_axes", self.o_.shared_axes);
  }
  void check() { supports_masking_ = true; }

  Variable alpha;  // after build

 private:
  PReLUOptions o_;
};

HB_LAYER_HANDLE(PReLU);

}  // namespace hornbeam
