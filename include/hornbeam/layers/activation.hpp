// Activation, Softmax, ReLU, LeakyReLU, ELU, ThresholdedReLU: activations as layers. Mirror keras.layers of the same
// names. Output shape as the input's; no weights. See layers.hpp.
#pragma once

#include "hornbeam/fields.hpp"

namespace hornbeam {

struct ActivationLayerOptions {
  HB_LAYER_OPTIONS
};

class ActivationLayer final : public Layer {
 public:
  HB_LAYER(ActivationLayer, "Activation")
  ActivationLayer(Activation activation, const ActivationLayerOptions& options);
  Values call(const Values& inputs, CallContext& context) override;
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f.required("activation", self.activation_);
  }
  void check();

 private:
  Activation activation_;
};

struct SoftmaxOptions {
  std::vector<std::int64_t> axis = {-1};
  bool robust_masking =
      false;  // tf-keras after 2.15: numbers that any mask's large one would swallow keep their weight
  HB_LAYER_OPTIONS
};

// softmax(x) over one axis or several; masked positions get no weight.
class SoftmaxLayer final : public Layer {
 public:
  HB_LAYER(SoftmaxLayer, "Softmax")
  explicit SoftmaxLayer(const SoftmaxOptions& options);
  Values call(const Values& inputs, CallContext& context) override;
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f("axis", self.axis_);
    f("robust_masking", self.robust_masking_);
  }
  void check();

 private:
  Config axis_ = -1;  // as given: an int or a list
  bool robust_masking_ = false;
};

struct ReLUOptions {
  std::optional<double> max_value = {};
  double negative_slope = 0.0;
  double threshold = 0.0;
  HB_LAYER_OPTIONS
};

// x for x >= threshold (at most max_value), negative_slope * (x - threshold) below.
class ReLULayer final : public Layer {
 public:
  HB_LAYER(ReLULayer, "ReLU")
  explicit ReLULayer(const ReLUOptions& options);
  Values call(const Values& inputs, CallContext& context) override;
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f("max_value", self.o_.max_value);
    f("negative_slope", self.o_.negative_slope);
    f("threshold", self.o_.threshold);
  }
  void check();

 private:
  ReLUOptions o_;
};

// An activation with one setting, a number: NameOptions, NameLayer and Name.
#define HB_NUMBER_ACTIVATION(Name, number, preset)                                                           \
  struct Name##Options {                                                                                     \
    double number = preset;                                                                                  \
    HB_LAYER_OPTIONS                                                                                         \
  };                                                                                                         \
  class Name##Layer final : public Layer {                                                                   \
   public:                                                                                                   \
    HB_LAYER(Name##Layer, #Name)                                                                             \
    explicit Name##Layer(const Name##Options& options) : Layer(options.layer()), number##_(options.number) { \
      check();                                                                                               \
    }                                                                                                        \
    Values call(const Values& inputs, CallContext& context) override;                                        \
    template <class Self, class F>                                                                           \
    static void fields(Self& self, F&& f) {                                                                  \
      f(#number, self.number##_);                                                                            \
    }                                                                                                        \
    void check();                                                                                            \
                                                                                                             \
   private:                                                                                                  \
    double number##_ = preset;                                                                               \
  };                                                                                                         \
  HB_LAYER_HANDLE(Name)

// x for x >= 0, alpha * x below. Keras 3 refuses an alpha (its negative_slope) below 0: ValueError.
HB_NUMBER_ACTIVATION(LeakyReLU, alpha, 0.3);
// x for x >= 0, alpha * (exp(x) - 1) below.
HB_NUMBER_ACTIVATION(ELU, alpha, 1.0);
// x for x > theta, 0 below. tf.keras 2.15 refuses a theta below 0: ValueError.
HB_NUMBER_ACTIVATION(ThresholdedReLU, theta, 1.0);
#undef HB_NUMBER_ACTIVATION

namespace layers {
// In `layers` because hornbeam::Activation is the function itself.
class Activation : public Ref<ActivationLayer> {
 public:
  explicit Activation(hornbeam::Activation activation, const ActivationLayerOptions& options = {})
      : Ref(std::make_shared<ActivationLayer>(std::move(activation), options)) {}
};
}  // namespace layers

HB_LAYER_HANDLE(Softmax);
HB_LAYER_HANDLE(ReLU);

}  // namespace hornbeam
