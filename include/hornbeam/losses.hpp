// Losses: how far predictions are from what was wanted. Mirrors keras.losses.
//
//   Loss loss = "mse";
//   Loss loss = losses::SparseCategoricalCrossentropy({.from_logits = true});
//   Tensor scalar = (*loss)(y_true, y_pred, sample_weight);
//   Loss mine = losses::custom("mine", [](const Tensor& y_true, const Tensor& y_pred) { ... });
//
// Where the generations of Keras compute differently, current_target() decides (target.hpp): Keras 3 computes in
// floatx() and adds no epsilon to the logarithms of binary cross-entropy; 2.2 reduces in float32.
//
// Thread-safety: losses are immutable; calls are safe from several threads.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "hornbeam/named_object.hpp"
#include "hornbeam/target.hpp"

namespace hornbeam {

// "auto" (2.x's name for sum_over_batch_size), "sum_over_batch_size", "sum", "none"; Keras 3's "mean" and
// "mean_with_sample_weight".
class LossObject : public NamedObject {
 public:
  // Throws ValueError in Keras's words for another reduction.
  explicit LossObject(std::string name, std::string reduction = "auto");

  // The values before reduction, [batch, d0, .. dN-1] for predictions of shape [batch, d0, .. dN]. Works eagerly and
  // traced. Shapes that do not fit throw InvalidArgumentError or ValueError.
  virtual Tensor call(const Tensor& y_true, const Tensor& y_pred) const = 0;
  // Which of those values count (bool, of their shape); undefined when all do.
  virtual Tensor valid_mask(const Tensor& y_true, const Tensor& y_pred) const;
  // Weighted and reduced: a scalar, or the weighted values when the reduction is "none". `sample_weight` (undefined:
  // ones) has the values' shape, or fewer dims; `mask` is that of the predictions (undefined: none).
  Tensor operator()(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight = {},
                    const Tensor& mask = {}) const;

  const std::string& name() const { return name_; }
  const std::string& reduction() const { return reduction_; }
  // The function it computes, as metrics' and 2.15's configs name it ("mean_squared_error"); empty for other classes.
  // (Of three functions 2.2 has other names: function_named.)
  virtual std::string function_name() const { return {}; }

  // In 2.15's dialect.
  Config get_config() const override { return get_config(Target::tf215); }
  // Throws ValueError when that Keras has no such setting.
  Config get_config(Target target) const;

  static std::shared_ptr<const LossObject> by_name(const std::string& name);   // throws as Loss(name) does
  static std::shared_ptr<const LossObject> deserialize(const Config& config);  // the same

 protected:
  // The constructor's arguments beside name and reduction, in that Keras's order. Throws ValueError when it has no such
  // setting.
  virtual Config arguments(Target) const { return Config::dict(); }
  // What that Keras calls it where it was given no name.
  virtual std::string name_for(Target) const { return name_; }

 private:
  std::string name_;
  std::string reduction_;
};

// A handle: empty (None), from a name ("mse", "MeanSquaredError"), or holding an object.
// Throws ValueError "Unknown loss function:foo", NotImplementedError for one of Keras's that is not here yet.
class Loss : public Handle<LossObject> {
 public:
  using Handle::Handle;
  Loss(const char* name) : Loss(std::string(name)) {}
  Loss(const std::string& name) : Handle(name), identifier_(name) {}

  Tensor operator()(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight = {},
                    const Tensor& mask = {}) const {
    return (**this)(y_true, y_pred, sample_weight, mask);
  }
  // The name it was given by; empty for an object.
  const std::string& identifier() const { return identifier_; }
  // As training configs say it: null, the name it was given by, or {"class_name": ..., "config": ...}. Throws
  // ValueError when that Keras has no such loss.
  Config to_config(Target target = Target::tf215) const;
  // From null, a name, or any dialect's object form.
  static Loss from_config(const Config& config);

 private:
  std::string identifier_;
};

using LossFunction = std::function<Tensor(const Tensor& y_true, const Tensor& y_pred)>;
// What a class name in custom_objects makes, of the config that the class's get_config wrote.
struct LossFactory {
  std::function<Loss(const Config& config)> make;
};

namespace losses {

struct LossOptions {
  std::string reduction = "auto";
  std::optional<std::string> name = {};
};
struct BinaryCrossentropyOptions {
  bool from_logits = false;
  double label_smoothing = 0.0;
  std::int64_t axis = -1;  // over which the mean is taken
  std::string reduction = "auto";
  std::optional<std::string> name = {};
};
struct CategoricalCrossentropyOptions {
  bool from_logits = false;
  double label_smoothing = 0.0;
  std::int64_t axis = -1;  // of the classes
  std::string reduction = "auto";
  std::optional<std::string> name = {};
};
struct SparseCategoricalCrossentropyOptions {
  bool from_logits = false;
  std::optional<std::int64_t> ignore_class = {};
  std::int64_t axis = -1;  // of the classes; Keras 3 takes the last alone, no config holds another
  std::string reduction = "auto";
  std::optional<std::string> name = {};
};
struct BinaryFocalCrossentropyOptions {
  bool apply_class_balancing = false;  // by alpha: the weight of class 1; that of class 0 is 1 - alpha
  double alpha = 0.25;
  double gamma = 2.0;  // how much less what is predicted well counts
  bool from_logits = false;
  double label_smoothing = 0.0;
  std::int64_t axis = -1;  // over which the mean is taken
  std::string reduction = "auto";
  std::optional<std::string> name = {};
};
struct CategoricalFocalCrossentropyOptions {
  Config alpha = 0.25;  // one weight, or a list of one for each class
  double gamma = 2.0;
  bool from_logits = false;
  double label_smoothing = 0.0;
  std::int64_t axis = -1;  // of the classes
  std::string reduction = "auto";
  std::optional<std::string> name = {};
};
struct CosineSimilarityOptions {
  std::int64_t axis = -1;  // of the vectors
  std::string reduction = "auto";
  std::optional<std::string> name = {};
};
struct HuberOptions {
  double delta = 1.0;  // where squares end and lines begin
  std::string reduction = "auto";
  std::optional<std::string> name = {};
};
struct DiceOptions {
  std::string reduction = "auto";
  std::optional<std::string> name = {};
  Config axis = {};  // null: over everything; a number or a list of numbers
};
struct TverskyOptions {
  double alpha = 0.5;  // of what was missed
  double beta = 0.5;   // of what was wrongly found
  std::string reduction = "auto";
  std::optional<std::string> name = {};
  Config axis = {};
};
struct CircleOptions {
  double gamma = 80.0;  // the scale
  double margin = 0.4;
  bool remove_diagonal = true;  // a row is no match of itself
  std::string reduction = "auto";
  std::optional<std::string> name = {};
};
struct CategoricalGeneralizedCrossEntropyOptions {
  double q = 0.5;  // between 0 and 1
  std::string reduction = "auto";
  std::optional<std::string> name = {};
};

Loss MeanSquaredError(const LossOptions& options = {});
Loss MeanAbsoluteError(const LossOptions& options = {});
Loss MeanAbsolutePercentageError(const LossOptions& options = {});
Loss MeanSquaredLogarithmicError(const LossOptions& options = {});
Loss LogCosh(const LossOptions& options = {});
Loss Huber(const HuberOptions& options = {});
// Minus the cosine: -1 is alike, 0 has nothing in common.
Loss CosineSimilarity(const CosineSimilarityOptions& options = {});
// Of labels -1 and 1 (or 0 and 1, which count as such).
Loss Hinge(const LossOptions& options = {});
Loss SquaredHinge(const LossOptions& options = {});
// Of one-hot labels.
Loss CategoricalHinge(const LossOptions& options = {});
// Of distributions.
Loss KLDivergence(const LossOptions& options = {});
Loss Poisson(const LossOptions& options = {});
// Of probabilities (or logits) and labels of one shape.
Loss BinaryCrossentropy(const BinaryCrossentropyOptions& options = {});
// Of one-hot labels.
Loss CategoricalCrossentropy(const CategoricalCrossentropyOptions& options = {});
// Of class numbers. Throws InvalidArgumentError when one is out of range.
Loss SparseCategoricalCrossentropy(const SparseCategoricalCrossentropyOptions& options = {});
// tf.keras 2.15 and Keras 3 have these two.
Loss BinaryFocalCrossentropy(const BinaryFocalCrossentropyOptions& options = {});
// Throws TypeError when `alpha` is neither a number nor a list of numbers.
Loss CategoricalFocalCrossentropy(const CategoricalFocalCrossentropyOptions& options = {});
// Keras 3 alone has the rest. Of overlapping masks: without a batch dim when `axis` is null.
Loss Dice(const DiceOptions& options = {});
Loss Tversky(const TverskyOptions& options = {});
// Of embeddings of length 1, [batch, dim], and class numbers.
Loss Circle(const CircleOptions& options = {});
// Of logits [batch, time, classes] and labels [batch, most labels], where class 0 is the blank and fills labels up.
Loss CTC(const LossOptions& options = {});
// Of probabilities and class numbers. Throws ValueError when q is not between 0 and 1.
Loss CategoricalGeneralizedCrossEntropy(const CategoricalGeneralizedCrossEntropyOptions& options = {});
// A C++ function under a name, to be found again at load under `custom_objects` or the registry.
Loss custom(std::string name, LossFunction function);

// The functions themselves: values before reduction. y_true is cast to y_pred's dtype.
Tensor mean_squared_error(const Tensor& y_true, const Tensor& y_pred);
Tensor mean_absolute_error(const Tensor& y_true, const Tensor& y_pred);
Tensor mean_absolute_percentage_error(const Tensor& y_true, const Tensor& y_pred);
Tensor mean_squared_logarithmic_error(const Tensor& y_true, const Tensor& y_pred);
Tensor log_cosh(const Tensor& y_true, const Tensor& y_pred);
Tensor huber(const Tensor& y_true, const Tensor& y_pred, double delta = 1.0);
Tensor cosine_similarity(const Tensor& y_true, const Tensor& y_pred, std::int64_t axis = -1);
Tensor hinge(const Tensor& y_true, const Tensor& y_pred);
Tensor squared_hinge(const Tensor& y_true, const Tensor& y_pred);
Tensor categorical_hinge(const Tensor& y_true, const Tensor& y_pred);
Tensor kl_divergence(const Tensor& y_true, const Tensor& y_pred);
Tensor poisson(const Tensor& y_true, const Tensor& y_pred);
// When y_pred comes out of activations::sigmoid or softmax, its logits are used, as Keras does (2.2: in a trace alone,
// and of the activation that belongs to the loss).
Tensor binary_crossentropy(const Tensor& y_true, const Tensor& y_pred, const BinaryCrossentropyOptions& options = {});
Tensor categorical_crossentropy(const Tensor& y_true, const Tensor& y_pred,
                                const CategoricalCrossentropyOptions& options = {});
Tensor sparse_categorical_crossentropy(const Tensor& y_true, const Tensor& y_pred,
                                       const SparseCategoricalCrossentropyOptions& options = {});
Tensor binary_focal_crossentropy(const Tensor& y_true, const Tensor& y_pred,
                                 const BinaryFocalCrossentropyOptions& options = {});
Tensor categorical_focal_crossentropy(const Tensor& y_true, const Tensor& y_pred,
                                      const CategoricalFocalCrossentropyOptions& options = {});
Tensor dice(const Tensor& y_true, const Tensor& y_pred, const Config& axis = {});
Tensor tversky(const Tensor& y_true, const Tensor& y_pred, const TverskyOptions& options = {});
Tensor circle(const Tensor& y_true, const Tensor& y_pred, const CircleOptions& options = {});
Tensor ctc(const Tensor& y_true, const Tensor& y_pred);
Tensor categorical_generalized_cross_entropy(const Tensor& y_true, const Tensor& y_pred, double q = 0.5);

// What that Keras calls a function: 2.2 has "huber_loss", "logcosh" and "kullback_leibler_divergence" for "huber",
// "log_cosh" and "kl_divergence"; other names stay.
std::string function_named(const std::string& name, Target target);

}  // namespace losses
}  // namespace hornbeam
