// Metrics: numbers that are kept over many batches. Mirrors keras.metrics.
//
//   Metric accuracy = metrics::SparseCategoricalAccuracy();
//   accuracy->update_state(y_true, y_pred);
//   float value = accuracy->result().item<float>();
//   accuracy->reset_state();
//
// A metric's state is in variables; update_state and result work on values and inside traced functions alike, where
// updates happen when the function runs. Where the generations of Keras differ current_target() decides: 2.x counts
// every element, Keras 3 every sample.
//
// Thread-safety: a metric is mutable and belongs to one thread at a time.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "hornbeam/config.hpp"
#include "hornbeam/metrics_options.hpp"
#include "hornbeam/target.hpp"
#include "hornbeam/tensor.hpp"
#include "hornbeam/trackable.hpp"
#include "hornbeam/variable.hpp"

namespace hornbeam {

class MetricObject : public Trackable {
 public:
  // `dtype`: of state and result; floatx() when empty.
  explicit MetricObject(std::string name, const std::string& dtype = "");
  MetricObject(const MetricObject&) = delete;
  MetricObject& operator=(const MetricObject&) = delete;
  ~MetricObject() override = default;

  // Adds a batch. `sample_weight` (undefined: ones) weighs samples or elements; `mask` (undefined: none) is that of the
  // predictions. Mean and Sum take the values and, second, their weights.
  virtual void update_state(const Tensor& y_true, const Tensor& y_pred = {}, const Tensor& sample_weight = {},
                            const Tensor& mask = {}) = 0;
  virtual Tensor result() const = 0;
  // State variables become zeros.
  virtual void reset_state();

  virtual std::string class_name() const = 0;
  const std::string& name() const { return name_; }
  void set_name(const std::string& name);
  DType dtype() const { return dtype_; }
  // In the order they were added, which is Keras's.
  const std::vector<Variable>& variables() const { return variables_; }

  // {"class_name": ..., "config": {"name": ..., "dtype": ..., ...}} in that Keras's dialect. Throws ValueError when it
  // has no such setting.
  Config to_config(Target target = Target::tf215) const;
  Config get_config(Target target = Target::tf215) const;

 protected:
  // A state variable of zeros: "total:0" in 2.x, "accuracy/total" in Keras 3.
  Variable add_weight(const std::string& name, const Shape& shape = {});
  Variable add_weight(const std::string& name, const Shape& shape, DType dtype);
  // The constructor's arguments beside name and dtype.
  virtual Config arguments(Target target) const;

 private:
  std::string name_;
  DType dtype_;
  std::vector<Variable> variables_;
  std::vector<std::string> variable_names_;
};

// What users write: an object, or a name that waits until the shapes of labels and predictions are known ("accuracy").
class Metric {
 public:
  Metric() = default;
  Metric(std::nullptr_t) {}
  Metric(const char* name) : identifier_(name) {}
  Metric(std::string name) : identifier_(std::move(name)) {}
  template <class O>
  requires std::is_convertible_v<O*, MetricObject*> Metric(std::shared_ptr<O> object) : object_(std::move(object)) {}

  explicit operator bool() const { return object_ || !identifier_.empty(); }
  // The object. Throws ValueError while there is only a name.
  MetricObject* operator->() const { return &checked(); }
  MetricObject& operator*() const { return checked(); }
  const std::shared_ptr<MetricObject>& ptr() const { return object_; }
  bool resolved() const { return object_ != nullptr; }
  // The name it was given by; empty for an object.
  const std::string& identifier() const { return identifier_; }

  // As training configs say it: null, the name it was given by, or the object form.
  Config to_config(Target target = Target::tf215) const;
  // From null, a name, or any dialect's object form. Throws ValueError "Unknown metric function: Foo",
  // NotImplementedError for one of Keras's that is not here yet.
  static Metric from_config(const Config& config);

 private:
  MetricObject& checked() const;
  std::string identifier_;
  std::shared_ptr<MetricObject> object_;
};

// A function of labels and predictions whose mean is the metric; in custom_objects under its name.
struct MetricFunction {
  std::function<Tensor(const Tensor& y_true, const Tensor& y_pred)> function;
};
// What a class name in custom_objects makes.
struct MetricFactory {
  std::function<std::shared_ptr<MetricObject>(const Config& config)> make;
};

namespace metrics {

Metric Mean(const MetricOptions& options = {});
Metric Sum(const MetricOptions& options = {});
// How often predictions equal labels; lie on the labels' side of a threshold; are highest at the (one-hot) label.
Metric Accuracy(const MetricOptions& options = {});
Metric BinaryAccuracy(const BinaryAccuracyOptions& options = {});
Metric CategoricalAccuracy(const MetricOptions& options = {});
Metric SparseCategoricalAccuracy(const MetricOptions& options = {});
// How often the label is among the k highest predictions.
Metric TopKCategoricalAccuracy(const TopKOptions& options = {});
Metric SparseTopKCategoricalAccuracy(const SparseTopKOptions& options = {});
Metric MeanSquaredError(const MetricOptions& options = {});
Metric RootMeanSquaredError(const MetricOptions& options = {});
Metric MeanAbsoluteError(const MetricOptions& options = {});
Metric BinaryCrossentropy(const BinaryCrossentropyOptions& options = {});
Metric CategoricalCrossentropy(const CategoricalCrossentropyOptions& options = {});
Metric SparseCategoricalCrossentropy(const SparseCategoricalCrossentropyOptions& options = {});
// The losses of these names as metrics (CosineSimilarity: of the other sign).
Metric MeanAbsolutePercentageError(const MetricOptions& options = {});
Metric MeanSquaredLogarithmicError(const MetricOptions& options = {});
Metric LogCoshError(const MetricOptions& options = {});
Metric CosineSimilarity(const AxisOptions& options = {});
Metric Hinge(const MetricOptions& options = {});
Metric SquaredHinge(const MetricOptions& options = {});
Metric CategoricalHinge(const MetricOptions& options = {});
Metric KLDivergence(const MetricOptions& options = {});
Metric Poisson(const MetricOptions& options = {});
// Keras 3 alone.
Metric PearsonCorrelation(const AxisOptions& options = {});
Metric ConcordanceCorrelation(const AxisOptions& options = {});

// Counts, of labels that are 0 or 1 and predictions in [0, 1]. Throw ValueError in Keras's words for thresholds, curves
// and other arguments out of range; updates throw it for shapes that do not fit.
Metric TruePositives(const CountOptions& options = {});
Metric TrueNegatives(const CountOptions& options = {});
Metric FalsePositives(const CountOptions& options = {});
Metric FalseNegatives(const CountOptions& options = {});
Metric Precision(const PrecisionOptions& options = {});
Metric Recall(const PrecisionOptions& options = {});
Metric SensitivityAtSpecificity(const AtOptions& options);
Metric SpecificityAtSensitivity(const AtOptions& options);
Metric PrecisionAtRecall(const AtOptions& options);
Metric RecallAtPrecision(const AtOptions& options);
Metric AUC(const AucOptions& options = {});

Metric MeanIoU(const IoUOptions& options);
Metric IoU(const IoUOptions& options);
Metric BinaryIoU(const BinaryIoUOptions& options = {});
Metric OneHotIoU(const IoUOptions& options);
Metric OneHotMeanIoU(const IoUOptions& options);

Metric F1Score(const FBetaOptions& options = {});
Metric FBetaScore(const FBetaOptions& options = {});
Metric R2Score(const R2Options& options = {});

// Element by element; 2.x alone.
Metric MeanTensor(const MeanTensorOptions& options = {});
Metric MeanRelativeError(const MeanRelativeErrorOptions& options);
// The mean of a C++ function (MeanMetricWrapper), to be found again at load by its name.
Metric custom(std::string name, std::function<Tensor(const Tensor&, const Tensor&)> function);

// What compile() makes of a metric for an output: an object as it is; a name by Keras's rules, where "accuracy", "acc",
// "crossentropy" and "ce" choose by the shapes (binary when predictions have one column, sparse when labels have fewer
// dims or one column). Shapes include the batch, which may be None. Throws as Metric::from_config.
Metric resolve(const Metric& metric, const Shape& y_true, const Shape& y_pred);

}  // namespace metrics
}  // namespace hornbeam
