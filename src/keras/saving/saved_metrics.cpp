#include "keras/saving/saved_metrics.h"

#include <algorithm>
#include <set>

#include "graph/variables.h"
#include "hornbeam/ops.hpp"

namespace hornbeam {
namespace {

constexpr const char* kIdentifier = "_tf_keras_metric";

// Is given what a function added to each of its variables, flat and joined, instead of values.
class ContinuedMetric final : public MetricObject {
 public:
  explicit ContinuedMetric(Metric metric)
      : MetricObject(metric->name(), std::string(name_of(metric->dtype()))), metric_(std::move(metric)) {}

  void update_state(const Tensor& added, const Tensor&, const Tensor&, const Tensor&) override {
    std::vector<std::int64_t> sizes;
    for (const auto& variable : metric_->variables()) sizes.push_back(variable->shape().num_elements());
    const auto parts = ops::split(added, sizes);
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const auto& variable = metric_->variables()[i];
      const auto part = ops::reshape(ops::cast(parts[i], variable->dtype()), variable->shape());
      graph::assign(variable, Tensor(variable) + part);
    }
  }
  Tensor result() const override { return metric_->result(); }
  void reset_state() override { metric_->reset_state(); }
  std::string class_name() const override { return metric_->class_name(); }
  const Metric& metric() const { return metric_; }

 private:
  Metric metric_;
};

// Null for a class that is not here.
Metric metric_from(const Config& metadata) {
  try {
    return Metric::from_config(
        Config{{"class_name", metadata.get_string("class_name", "")}, {"config", metadata.at("config")}});
  } catch (const Error&) {
    return nullptr;
  }
}

}  // namespace

std::shared_ptr<MetricObject> metric_to_save(const CallScope::AddedMetric& added) {
  if (!added.metric) {
    const auto dtype = is_floating(added.value.dtype()) ? std::string(name_of(added.value.dtype())) : std::string();
    return metrics::Mean({.name = added.name, .dtype = dtype}).ptr();
  }
  return added.metric.ptr();
}

const MetricObject& saved_form(const MetricObject& metric) {
  const auto* continued = dynamic_cast<const ContinuedMetric*>(&metric);
  return continued ? *continued->metric() : metric;
}

Config metric_metadata(const MetricObject& metric, Target target) {
  const auto object = metric.to_config(target);
  return Config{{"class_name", object.at("class_name")},
                {"name", metric.name()},
                {"dtype", std::string(name_of(metric.dtype()))},
                {"config", object.at("config")}};
}

SavedMetrics::SavedMetrics(const RestoredObjects& objects, std::int32_t layer, const std::vector<std::int32_t>& bound) {
  const auto& graph = objects.objects();
  const auto api = graph.child(layer, "keras_api");
  std::set<std::int32_t> nodes;
  for (const auto* name : {"layer_metrics", "metrics"}) {
    const auto list = api ? graph.child(*api, name) : std::nullopt;
    if (!list) continue;
    for (const auto& child : graph.node(*list).children) {
      if (graph.node(child.node).is(kIdentifier)) nodes.insert(child.node);
    }
  }
  if (nodes.empty()) return;
  const auto& metadata = objects.metric_metadata();
  for (const auto node : nodes) {
    const auto list = graph.child(node, "variables");
    const auto known = metadata.find(node);
    if (!list || known == metadata.end()) continue;
    const auto state = graph.list(*list);
    // Those that were compiled are no part of the call.
    if (std::ranges::none_of(state, [&](auto id) { return std::ranges::find(bound, id) != bound.end(); })) continue;
    const auto said = Config::parse(known->second, objects.file().file_name());
    const auto metric = said.has("config") ? metric_from(said) : Metric(nullptr);
    if (!metric) continue;
    const auto& variables = metric->variables();
    const auto fits = [&](std::int32_t id, const Variable& variable) {
      const auto* saved = graph.node(id).variable();
      return saved && saved->shape == variable->shape() && saved->dtype == variable->dtype();
    };
    if (!std::ranges::equal(state, variables, fits)) continue;
    bool all = true;
    for (std::size_t i = 0; i < state.size(); ++i) all = objects.adopt(state[i], variables[i]) && all;
    if (all) metrics_.push_back({std::make_shared<ContinuedMetric>(metric), variables});
  }
}

bool SavedMetrics::has(const Variable& variable) const {
  return std::ranges::any_of(metrics_,
                             [&](const One& one) { return std::ranges::find(one.state, variable) != one.state.end(); });
}

void SavedMetrics::add_to(CallContext& context, const Assigned& assigned) const {
  for (const auto& [metric, state] : metrics_) {
    std::vector<Tensor> added;
    for (const auto& variable : state) {
      const Tensor old = variable;
      const auto value = assigned.find(variable.get());
      const auto change = value == assigned.end() ? ops::zeros_like(old) : value->second - old;
      added.push_back(ops::cast(ops::reshape(change, {-1}), metric->dtype()));
    }
    context.add_metric(metric, added.size() == 1 ? added[0] : ops::concat(added, 0));
  }
}

}  // namespace hornbeam
