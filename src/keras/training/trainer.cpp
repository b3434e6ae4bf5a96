// Trainer: what is compiled, and how its pieces are named.
#include "keras/training/trainer.h"

#include <algorithm>

#include "hornbeam/model.hpp"
#include "hornbeam/ops.hpp"
#include "keras/training/step.h"
#include "ops/ragged/ragged.h"

namespace hornbeam::training {
namespace {

std::vector<std::string> keys_of(const Values& predictions) {
  std::vector<std::string> names;
  if (predictions.is_dict()) {
    for (const auto& [key, value] : predictions.dict()) names.push_back(key);
  }
  return names;
}

}  // namespace

Optimizer scaled_by_itself(const Optimizer& optimizer) {
  if (as_loss_scale(optimizer)) return optimizer;
  LossScaleObject::Settings settings;
  settings.automatic = true;
  return std::make_shared<LossScaleObject>(optimizer, settings);
}

Trainer::Trainer(Model& model, CompileOptions options)
    : model_(model),
      options_(std::move(options)),
      output_names_(model.output_names()),
      loss_(metrics::Mean({.name = "loss"})) {
  if (!options_.optimizer) throw ValueError("compile needs an optimizer, received none");
  const auto target = target_named(model.target());
  options_.optimizer->follow(target);
  const bool scales = options_.auto_scale_loss || target != Target::keras3;
  if (scales && model.dtype_policy() == "mixed_float16") options_.optimizer = scaled_by_itself(options_.optimizer);
  if (!output_names_.empty()) make_tasks(output_names_.size(), {});
}

Trainer::~Trainer() = default;

// Outputs of subclassed models have the keys of their dict, or "output_1", "output_2" ..., as Keras names them.
void Trainer::make_tasks(std::size_t outputs, const Values& predictions) {
  if (!tasks_.empty()) return;
  if (output_names_.empty()) output_names_ = keys_of(predictions);
  for (auto i = output_names_.size(); i < outputs; ++i) output_names_.push_back("output_" + std::to_string(i + 1));
  tasks_ = match_outputs(options_, output_names_);
  if (tasks_.size() < 2) return;
  // Keras 3 names the loss of an output only beside another's.
  const auto losses = std::count_if(tasks_.begin(), tasks_.end(), [](const auto& task) { return bool(task.loss); });
  if (losses < 2 && model_.target() == "keras3") return;
  for (const auto& task : tasks_) {
    output_losses_.push_back(task.loss ? metrics::Mean({.name = task.name + "_loss"}) : Metric());
  }
}

void Trainer::make_metrics(const Traced& traced) {
  metrics_.clear();
  std::set<std::string> seen;
  for (std::size_t i = 0; i < tasks_.size(); ++i) {
    const auto& task = tasks_[i];
    const auto make = [&](const std::vector<Metric>& given) {
      std::vector<NamedMetric> made;
      if (!traced.y[i].defined()) return made;
      for (const auto& metric : given) {
        const auto resolved = metrics::resolve(metric, traced.y[i].shape(), traced.predictions[i].shape());
        const auto name = (tasks_.size() > 1 ? task.name + "_" : "") + resolved->name();
        if (!seen.insert(name).second) throw ValueError("Found two metrics with the same name: " + name);
        made.push_back({name, resolved});
      }
      return made;
    };
    metrics_.push_back({});
    metrics_.back().metrics = make(task.metrics);
    metrics_.back().weighted = make(task.weighted_metrics);
  }
  have_metrics_ = true;
}

std::vector<Trainer::Reported> Trainer::all_metrics() const {
  std::vector<Reported> list;
  const auto add = [&](const Metric& metric) { list.push_back({metric->name(), metric.ptr().get()}); };
  add(loss_);
  for (const auto& mean : output_losses_) {
    if (mean) add(mean);
  }
  const auto first = static_cast<std::ptrdiff_t>(list.size());
  for (const auto& of_output : metrics_) {
    for (const auto* metrics : {&of_output.metrics, &of_output.weighted}) {
      for (const auto& [name, metric] : *metrics) list.push_back({name, metric.ptr().get()});
    }
  }
  // Keras 3 tells those of several outputs in the order of their names.
  if (tasks_.size() > 1 && model_.target() == "keras3") {
    std::stable_sort(list.begin() + first, list.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  }
  for (const auto& added : added_metrics_) add(added.metric);
  return list;
}

std::vector<std::string> Trainer::metrics_names() const {
  std::vector<std::string> names;
  for (const auto& reported : all_metrics()) names.emplace_back(reported.name);
  return names;
}

const MetricObject* Trainer::metric_named(const std::string& name) const {
  for (const auto& reported : all_metrics()) {
    if (reported.name == name) return reported.metric;
  }
  return nullptr;
}

std::vector<Variable> Trainer::metric_variables() const {
  std::vector<Variable> all;
  for (const auto& reported : all_metrics()) {
    all.insert(all.end(), reported.metric->variables().begin(), reported.metric->variables().end());
  }
  return all;
}

void Trainer::reset_metrics() {
  for (const auto& reported : all_metrics()) reported.metric->reset_state();
}

// 2.2 goes on with the other losses, and so do its and 2.15's evaluate.
void Trainer::check_targets(const Values& y, Kind kind) const {
  const auto target = target_named(model_.target());
  if (target == Target::tf22 || (target == Target::tf215 && kind == Kind::test)) return;
  require_targets(options_.loss, y, kind == Kind::test ? "evaluate" : "fit");
}

std::vector<Tensor> Trainer::weights_by_output(const Values& weights) const {
  return by_output(weights, weights.is_dict() ? output_names_ : std::vector<std::string>{}, count_rules("()"));
}

CountRules Trainer::count_rules(const char* brackets) const {
  const auto& losses = options_.loss;
  return {target_named(model_.target()), losses.list().empty() && losses.by_name().empty(), brackets};
}

Data Trainer::prepare(const Values& x, const Values& y, const Values& sample_weight, const char* brackets) const {
  if (model_.target() == "keras3") check_weights(y, sample_weight, false);
  Data data;
  data.x = model_.adapt_inputs(x);
  data.y = by_output(y, output_names_, count_rules(brackets));
  data.weights = weights_by_output(sample_weight);
  for (auto* list : {&data.y, &data.weights}) {
    for (auto& t : *list) t = to_floatx(t);
  }
  check_rows(data, target_named(model_.target()));
  if (model_.target() != "keras3") fill_weights(data, sample_weight);
  return data;
}

Data Trainer::prepare_as_is(const Values& x, const Values& y, const Values& sample_weight) const {
  if (model_.target() == "keras3") check_weights(y, sample_weight, true);
  Data data;
  data.x = model_.arrange_inputs(x);
  auto leaves = data.x.flatten();
  const auto inputs = model_.symbolic_inputs().flatten();
  for (std::size_t i = 0; i < leaves.size() && i < inputs.size(); ++i) {
    leaves[i] = ops::cast(leaves[i], inputs[i].dtype());
  }
  data.x = data.x.pack_like(leaves);
  data.y = by_output(y, output_names_, count_rules("[]"));
  data.weights = weights_by_output(sample_weight);
  check_rows(data, target_named(model_.target()));
  return data;
}

// Keras 2 takes single batches through its data adapters too, Keras 3 as they are.
Data Trainer::prepare_batch(const Values& x, const Values& y, const Values& sample_weight) const {
  return model_.target() == "keras3" ? prepare_as_is(x, y, sample_weight) : prepare(x, y, sample_weight, "[]");
}

void Trainer::run(Step& step, std::span<const Tensor> arrays, std::vector<Result>& results) {
  if (!step.executable) {
    run_eagerly(step, arrays);
  } else if (step.sized_by_values || !step.executable->can_run_into(arrays)) {
    step.outputs = step.executable->run(parts_of(arrays));
  } else {
    step.executable->run_into(arrays, step.outputs);
  }
  results.clear();
  for (const auto i : step.result_of) results.emplace_back(step.outputs[i]);
}

void Trainer::run_eagerly(Step& step, std::span<const Tensor> arrays) {
  const TargetScope scope(target_named(model_.target()));
  std::vector<std::string> names;
  step.outputs = body(step.kind, step.form, arrays, names);
  step.name_results(names);
}

// Keras knows the shapes of a single batch: of one that does not fit it says so when it traces the step for them. In
// 2.2 the metrics are reset when the batch is through, in later Kerases before it.
Logs Trainer::run_one(Kind kind, const Data& data, bool resets_metrics) {
  std::vector<Result> results;
  const bool resets_after = target_named(model_.target()) == Target::tf22;
  const auto tried = [&]() -> std::shared_ptr<Step> {
    try {
      auto compiled = step(kind, data);
      if (resets_metrics && !resets_after) reset_metrics();
      run(*compiled, data.arrays(), results);
      if (resets_metrics && resets_after) reset_metrics();
      return compiled;
    } catch (const Error&) {
      check_shapes(kind, data);
      throw;
    }
  };
  const auto compiled = tried();
  Logs logs(compiled->names, std::move(results));
  logs.set_warnings(take_warnings());
  return logs;
}

Logs Trainer::train_on_batch(const Values& x, const Values& y, const BatchOptions& options) {
  check_targets(y, Kind::train);
  auto data = prepare_batch(x, y, options.sample_weight);
  apply_class_weight(data, options.class_weight, target_named(model_.target()));
  return run_one(Kind::train, data, options.reset_metrics);
}

Logs Trainer::test_on_batch(const Values& x, const Values& y, const BatchOptions& options) {
  check_targets(y, Kind::test);
  const auto data = prepare_batch(x, y, options.sample_weight);
  return run_one(Kind::test, data, options.reset_metrics);
}

std::vector<Tensor> Trainer::gradients(const Values& x, const Values& y, const Values& sample_weight) {
  const auto data = prepare_as_is(x, y, sample_weight);
  return step(Kind::gradients, data)->executable->run(parts_of(data.arrays()));
}

}  // namespace hornbeam::training
