// Mean and Sum of what they are given.
#include "keras/metrics/registry.h"

namespace hornbeam {
namespace {

template <bool kMean>
class PlainReduce final : public ReduceMetric {
 public:
  explicit PlainReduce(const metrics::MetricOptions& o)
      : ReduceMetric(o.name.value_or(kMean ? "mean" : "sum"), o.dtype, kMean) {}
  std::string class_name() const override { return kMean ? "Mean" : "Sum"; }

  static MetricPointer from_config(const Config& config) {
    metrics::MetricOptions options;
    std::set<std::string, std::less<>> known;
    read_metric_keys(config, kMean ? "Mean" : "Sum", known, options.name, options.dtype);
    return std::make_shared<PlainReduce>(options);
  }
};

}  // namespace

Metric metrics::Mean(const MetricOptions& options) { return std::make_shared<PlainReduce<true>>(options); }
Metric metrics::Sum(const MetricOptions& options) { return std::make_shared<PlainReduce<false>>(options); }

}  // namespace hornbeam

HB_REGISTER(metric_mean) {
  hornbeam::register_metric_class("Mean", hornbeam::PlainReduce<true>::from_config);
  hornbeam::register_metric_class("Sum", hornbeam::PlainReduce<false>::from_config);
}
