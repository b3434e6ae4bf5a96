// Metrics that layers add in their calls, in SavedModels: objects whose state the layers' functions bring up to date.
#pragma once

#include <string>
#include <vector>

#include "hornbeam/metrics.hpp"
#include "keras/engine/call_scope.h"
#include "keras/saving/restored_objects.h"

namespace hornbeam {

// What a call is traced with for a file: the metric that was given, or a mean of fresh state.
std::shared_ptr<MetricObject> metric_to_save(const CallScope::AddedMetric& added);
// The object whose class, config and state the file gets.
const MetricObject& saved_form(const MetricObject& metric);
// As Keras keeps it: {"class_name", "name", "dtype", "config"}.
Config metric_metadata(const MetricObject& metric, Target target);

// The metrics that a layer without its class added: its functions update their state, of which `bound` are the nodes.
class SavedMetrics {
 public:
  SavedMetrics(const RestoredObjects& objects, std::int32_t layer, const std::vector<std::int32_t>& bound);

  // Is it the state of one?
  bool has(const Variable& variable) const;
  // Adds them to the call, given what the function assigned.
  using Assigned = std::map<const VariableNode*, Tensor>;
  void add_to(CallContext& context, const Assigned& assigned) const;

 private:
  struct One {
    Metric metric;
    std::vector<Variable> state;
  };
  std::vector<One> metrics_;
};

}  // namespace hornbeam
