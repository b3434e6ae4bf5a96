// AddLoss and AddMetric: the layers that stand for model.add_loss(tensor) and model.add_metric(tensor) in the graph of
// a functional model, named and written as tf.keras's.
#pragma once

#include <string>

#include "hornbeam/layer.hpp"
#include "hornbeam/metrics.hpp"

namespace hornbeam {

// Throws ValueError in Keras's words.
void check_added_metric(const std::string& name, const std::string& aggregation);

class AddLossLayer final : public Layer {
 public:
  static constexpr const char* kClassName = "AddLoss";
  explicit AddLossLayer(const LayerOptions& options, bool unconditional = false);
  Values call(const Values& inputs, CallContext& context) override;
  Config get_config() const override;
  std::string class_name() const override { return kClassName; }
  static std::shared_ptr<Layer> from_config(const Config& config);

 private:
  bool unconditional_;  // the loss does not depend on the inputs; kept for the config
};

class AddMetricLayer final : public Layer {
 public:
  static constexpr const char* kClassName = "AddMetric";
  AddMetricLayer(const LayerOptions& options, const std::string& metric_name);
  AddMetricLayer(const LayerOptions& options, const Metric& metric);
  Values call(const Values& inputs, CallContext& context) override;
  Config get_config() const override;
  std::string class_name() const override { return kClassName; }
  static std::shared_ptr<Layer> from_config(const Config& config);
  const std::string& metric_name() const { return metric_name_; }
  const Metric& metric() const { return metric_; }  // empty: the mean

 private:
  std::string metric_name_;
  Metric metric_;  // empty: the mean
};

}  // namespace hornbeam
