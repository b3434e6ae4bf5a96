// GroupNormalization: each sample normalised over groups of its channels. Mirrors keras.layers.GroupNormalization.
//
// The channels (`axis`) are divided into `groups`; mean and variance are over a group and all other axes but the batch.
// groups = -1: each channel by itself (instance normalization). y = gamma * (x - mean) / sqrt(var + epsilon) + beta.
// Weights of the axis's size: gamma, beta. As tf.keras, a mask weighs the elements in mean and variance; Keras 3 takes
// none. See layers.hpp.
#pragma once

#include "hornbeam/fields.hpp"

namespace hornbeam {

struct GroupNormalizationOptions {
  std::int64_t groups = 32;
  std::int64_t axis = -1;
  double epsilon = 1e-3;
  bool center = true;
  bool scale = true;
  Initializer beta_initializer = "zeros";
  Initializer gamma_initializer = "ones";
  Regularizer beta_regularizer = {};
  Regularizer gamma_regularizer = {};
  Constraint beta_constraint = {};
  Constraint gamma_constraint = {};
  HB_LAYER_OPTIONS
};

class GroupNormalizationLayer final : public Layer {
 public:
  HB_LAYER(GroupNormalizationLayer, "GroupNormalization")
  explicit GroupNormalizationLayer(const GroupNormalizationOptions& options) : Layer(options.layer()), o_(options) {
    check();
  }
  using Layer::build;
  void build(const Shape& input_shape) override;
  Values call(const Values& inputs, CallContext& context) override;
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f("groups", self.o_.groups);
    f("axis", self.o_.axis);
    f("epsilon", self.o_.epsilon);
    f("center", self.o_.center);
    f("scale", self.o_.scale);
    f("beta_initializer", self.o_.beta_initializer);
    f("gamma_initializer", self.o_.gamma_initializer);
    f("beta_regularizer", self.o_.beta_regularizer);
    f("gamma_regularizer", self.o_.gamma_regularizer);
    f("beta_constraint", self.o_.beta_constraint);
    f("gamma_constraint", self.o_.gamma_constraint);
  }
  void check();

  Variable gamma, beta;  // after build

 private:
  GroupNormalizationOptions o_;
  bool keras3_ = false;
  std::int64_t channel_axis_ = -1;  // counted from the front, after build
};

HB_LAYER_HANDLE(GroupNormalization);

}  // namespace hornbeam
