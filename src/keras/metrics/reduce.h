// Mean, Sum and what is a mean of a function: total and count of weighted values.
#pragma once

#include "hornbeam/metrics.hpp"

namespace hornbeam {

namespace metrics {
// Weights without what is masked; undefined when there is neither. In Keras 3 all but the means of functions take no
// notice of masks.
Tensor unmasked(const Tensor& weights, const Tensor& mask, DType dtype);
// The same in every Keras: 2.x fits the weights to the mask, Keras 3 either to the other.
Tensor unmasked_everywhere(const Tensor& weights, const Tensor& mask, DType dtype);
}  // namespace metrics

class ReduceMetric : public MetricObject {
 public:
  ReduceMetric(std::string name, const std::string& dtype, bool mean);
  // Values and their weights.
  void update_state(const Tensor& values, const Tensor& weights = {}, const Tensor& sample_weight = {},
                    const Tensor& mask = {}) override;
  Tensor result() const override;

 protected:
  void add(const Tensor& values, const Tensor& weights);

 private:
  Variable total_, count_;
};

// The mean of a function of labels and predictions.
class MeanMetricWrapper : public ReduceMetric {
 public:
  using Function = std::function<Tensor(const Tensor& y_true, const Tensor& y_pred)>;
  // `function_name`: as configs say it. `valid` may give a mask of the values that count.
  MeanMetricWrapper(std::string name, const std::string& dtype, std::string function_name, Function function,
                    Function valid = {});
  std::string class_name() const override { return "MeanMetricWrapper"; }
  const std::string& function_name() const { return function_name_; }
  // Another of the same function, with a state of its own.
  std::shared_ptr<MeanMetricWrapper> another() const;
  void update_state(const Tensor& y_true, const Tensor& y_pred = {}, const Tensor& sample_weight = {},
                    const Tensor& mask = {}) override;

 protected:
  Config arguments(Target target) const override;
  // In Keras 3 too?
  virtual bool heeds_masks() const { return true; }

 private:
  std::string function_name_;
  Function function_, valid_;
};

}  // namespace hornbeam
