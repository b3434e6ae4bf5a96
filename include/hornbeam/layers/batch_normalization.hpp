// BatchNormalization: y = gamma * (x - mean) / sqrt(variance + epsilon) + beta. Mirrors
// keras.layers.BatchNormalization.
//
// In inference mean and variance are the moving ones; in training the batch's (and the moving ones follow by
// `momentum`). A frozen layer (trainable = false) runs in inference mode. Weights, each of the axis' size: gamma, beta,
// moving_mean, moving_variance. See layers.hpp.
//
// A SyncBatchNormalization (tf.keras's class; Keras 3 has BatchNormalization's `synchronized`) takes the variance of a
// batch in training as the mean of the squares less the square of the mean, and keeps just that of images, too. There
// is one replica here. tf.keras 2.2 divides by the wrong counts where its axis is not the last, and so does a layer
// read from its files.
#pragma once

#include "hornbeam/fields.hpp"

namespace hornbeam {

struct BatchNormalizationOptions {
  std::vector<std::int64_t> axis = {-1};
  double momentum = 0.99;
  double epsilon = 1e-3;
  bool center = true;
  bool scale = true;
  Initializer beta_initializer = "zeros";
  Initializer gamma_initializer = "ones";
  Initializer moving_mean_initializer = "zeros";
  Initializer moving_variance_initializer = "ones";
  Regularizer beta_regularizer = {};
  Regularizer gamma_regularizer = {};
  Constraint beta_constraint = {};
  Constraint gamma_constraint = {};
  HB_LAYER_OPTIONS
};

class BatchNormalizationLayer : public Layer {
 public:
  HB_LAYER(BatchNormalizationLayer, "BatchNormalization")
  explicit BatchNormalizationLayer(const BatchNormalizationOptions& options);
  using Layer::build;
  void build(const Shape& input_shape) override;
  Values call(const Values& inputs, CallContext& context) override;
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f("axis", self.axis_);
    f("momentum", self.o_.momentum);
    f("epsilon", self.o_.epsilon);
    f("center", self.o_.center);
    f("scale", self.o_.scale);
    f("beta_initializer", self.o_.beta_initializer);
    f("gamma_initializer", self.o_.gamma_initializer);
    f("moving_mean_initializer", self.o_.moving_mean_initializer);
    f("moving_variance_initializer", self.o_.moving_variance_initializer);
    f("beta_regularizer", self.o_.beta_regularizer);
    f("gamma_regularizer", self.o_.gamma_regularizer);
    f("beta_constraint", self.o_.beta_constraint);
    f("gamma_constraint", self.o_.gamma_constraint);
    f.optional("renorm", self.renorm_);
    f.optional("renorm_clipping", self.renorm_clipping_);
    f.optional("renorm_momentum", self.renorm_momentum_);
    f.optional("virtual_batch_size", self.virtual_batch_size_);
    f.optional("synchronized", self.synchronized_);
  }
  void check();

  Variable gamma, beta, moving_mean, moving_variance;  // after build

 protected:
  // Are the statistics those of all replicas, of which there is one here?
  virtual bool synchronized() const { return synchronized_.value_or(false); }

 private:
  Values normalize(const Tensor& x, const Tensor& mean, const Tensor& variance) const;
  bool can_fuse(const Tensor& x) const;
  Config axis_ = -1;                // an int or a list
  bool keeps_axis_ = false;         // in the config, as Keras 3; Keras 2's holds `axes_` once built
  std::vector<std::int64_t> axes_;  // after build: not negative
  BatchNormalizationOptions o_;
  // Batch renormalisation changes training only; its fields are kept for the config.
  std::optional<bool> renorm_;
  std::optional<Config> renorm_clipping_;
  std::optional<double> renorm_momentum_;
  std::optional<std::int64_t> virtual_batch_size_;
  std::optional<bool> synchronized_;
};

// tf.keras's class of its own, whose config is that of a BatchNormalization.
class SyncBatchNormalizationLayer final : public BatchNormalizationLayer {
 public:
  static constexpr const char* kClassName = "SyncBatchNormalization";
  using BatchNormalizationLayer::BatchNormalizationLayer;
  std::string class_name() const override { return kClassName; }

 private:
  bool synchronized() const override { return true; }
};

using SyncBatchNormalizationOptions = BatchNormalizationOptions;

HB_LAYER_HANDLE(BatchNormalization);
HB_LAYER_HANDLE(SyncBatchNormalization);

}  // namespace hornbeam
