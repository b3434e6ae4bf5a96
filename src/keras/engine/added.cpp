#include "keras/engine/added.h"

#include <algorithm>

#include "hornbeam/fields.hpp"
#include "hornbeam/model.hpp"
#include "hornbeam/serialization.hpp"
#include "keras/serialization/load_notes.h"
#include "keras/serialization/object_form.h"
#include "ops/op_def.h"

namespace hornbeam {
namespace {

// A class of somebody's own may have the name too.
void check_kerass_own(const char* class_name, const Config& config, std::initializer_list<const char*> keys) {
  if (std::ranges::all_of(keys, [&](const char* key) { return config.has(key); })) return;
  throw_unknown_object("layer", class_name);
}

void note_added(const char* class_name, const char* what, const Config& config) {
  add_load_note({LoadNote::Kind::added, std::string(class_name) + " '" + config.get_string("name", "") + "'", what});
}

}  // namespace

void check_added_metric(const std::string& name, const std::string& aggregation) {
  if (name.empty()) {
    throw ValueError(
        "Please provide a name for your metric like `self.add_metric(tf.reduce_sum(inputs), name='mean_activation', "
        "aggregation='mean')`");
  }
  if (aggregation == "mean") return;
  throw ValueError("We currently support only `mean` sample-wise metric aggregation. You provided aggregation=`" +
                   aggregation + "`");
}

// ---- Model, where there is no graph to add to ----
void Model::add_loss(const Tensor&) {
  throw ValueError(
      "Expected a symbolic Tensors or a callable for the loss value. Please wrap your loss computation in a zero "
      "argument `lambda`.");
}
void Model::add_metric(const Tensor& value, const std::string& name, const std::string& aggregation) {
  check_added_metric(name, aggregation);
  throw ValueError("Expected a symbolic Tensor for the metric value, received: " + value.to_string());
}
void Model::add_metric(const Metric&, const Tensor& value) {
  throw ValueError("Expected a symbolic Tensor for the metric value, received: " + value.to_string());
}

// ---- AddLoss ----
AddLossLayer::AddLossLayer(const LayerOptions& options, bool unconditional)
    : Layer(options), unconditional_(unconditional) {
  autocast_ = false;
}

Values AddLossLayer::call(const Values& inputs, CallContext& context) {
  for (const auto& loss : inputs.flatten()) context.add_loss(loss);
  return inputs;
}

Config AddLossLayer::get_config() const { return Layer::get_config().set("unconditional", unconditional_); }

std::shared_ptr<Layer> AddLossLayer::from_config(const Config& config) {
  check_kerass_own(kClassName, config, {"unconditional"});
  note_added(kClassName, "a loss that was added to the model: it counts in training", config);
  return std::make_shared<AddLossLayer>(layer_options_from(config), config.at("unconditional").as_bool());
}

// ---- AddMetric ----
AddMetricLayer::AddMetricLayer(const LayerOptions& options, const std::string& metric_name)
    : Layer(options), metric_name_(metric_name) {
  autocast_ = false;
}
AddMetricLayer::AddMetricLayer(const LayerOptions& options, const Metric& metric)
    : Layer(options), metric_name_(metric->name()), metric_(metric) {
  autocast_ = false;
}

Values AddMetricLayer::call(const Values& inputs, CallContext& context) {
  if (metric_) {
    context.add_metric(metric_, inputs.tensor());
  } else {
    context.add_metric(inputs.tensor(), metric_name_);
  }
  return inputs;
}

Config AddMetricLayer::get_config() const {
  return Layer::get_config().set("aggregation", metric_ ? Config() : Config("mean")).set("metric_name", metric_name_);
}

std::shared_ptr<Layer> AddMetricLayer::from_config(const Config& config) {
  check_kerass_own(kClassName, config, {"aggregation", "metric_name"});
  const auto& aggregation = config.at("aggregation");
  const auto& name = config.at("metric_name");
  check_added_metric(name.is_string() ? name.as_string() : "",
                     aggregation.is_string() ? aggregation.as_string() : "None");
  note_added(kClassName, "a metric that was added to the model", config);
  return std::make_shared<AddMetricLayer>(layer_options_from(config), name.as_string());
}

}  // namespace hornbeam

HB_REGISTER(added) {
  using namespace hornbeam;
  register_layer(AddLossLayer::kClassName, AddLossLayer::from_config);
  register_layer(AddMetricLayer::kClassName, AddMetricLayer::from_config);
}
