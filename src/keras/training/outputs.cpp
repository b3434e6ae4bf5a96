#include "keras/training/outputs.h"

#include <algorithm>

#include "hornbeam/errors.hpp"
#include "keras/metrics/reduce.h"

namespace hornbeam::training {
namespace {

std::string quoted(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "'" : ", '") + name + "'";
  return "[" + text + "]";
}

template <class T>
void check_names(const std::map<std::string, T>& by_name, const std::vector<std::string>& names) {
  std::vector<std::string> unknown;
  for (const auto& [name, value] : by_name) {
    if (std::find(names.begin(), names.end(), name) == names.end()) unknown.push_back(name);
  }
  if (unknown.empty()) return;
  throw ValueError("Found unexpected keys that do not correspond to any Model output: " + quoted(unknown) +
                   ". Expected: " + quoted(names));
}

void check_length(std::size_t length, std::size_t outputs, const char* what) {
  if (length == outputs) return;
  throw ValueError("When passing a list as `" + std::string(what) +
                   "` it should have one entry per model output. The model has " + std::to_string(outputs) +
                   " outputs, received a list of " + std::to_string(length));
}

void set_losses(const Losses& losses, const std::vector<std::string>& names, std::vector<OutputTask>& tasks) {
  check_names(losses.by_name(), names);
  if (!losses.list().empty()) check_length(losses.list().size(), names.size(), "loss");
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    if (!losses.list().empty()) {
      tasks[i].loss = losses.list()[i];
    } else if (!losses.by_name().empty()) {
      if (const auto at = losses.by_name().find(names[i]); at != losses.by_name().end()) tasks[i].loss = at->second;
    } else {
      tasks[i].loss = losses.one();
    }
  }
}

// What "accuracy" means follows from shapes; other names are looked up now, while scopes of custom objects stand.
bool waits_for_shapes(const Metric& metric) {
  const auto& name = metric.identifier();
  return name == "accuracy" || name == "acc" || name == "crossentropy" || name == "ce";
}

// An object that stands for every output counts each by itself.
Metric another(const Metric& metric) {
  if (!metric.resolved()) return metric;
  const auto* wrapper = dynamic_cast<const MeanMetricWrapper*>(metric.ptr().get());
  if (wrapper && wrapper->class_name() == "MeanMetricWrapper") return wrapper->another();
  return Metric::from_config(metric.to_config());
}

void set_metrics(const Metrics& metrics, const std::vector<std::string>& names, const char* what,
                 std::vector<Metric> OutputTask::*member, std::vector<OutputTask>& tasks) {
  check_names(metrics.by_name(), names);
  if (!metrics.lists().empty()) check_length(metrics.lists().size(), names.size(), what);
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    if (!metrics.lists().empty()) {
      tasks[i].*member = metrics.lists()[i];
    } else if (!metrics.by_name().empty()) {
      if (const auto at = metrics.by_name().find(names[i]); at != metrics.by_name().end())
        tasks[i].*member = at->second;
    } else {
      for (const auto& metric : metrics.all()) (tasks[i].*member).push_back(i == 0 ? metric : another(metric));
    }
    for (auto& metric : tasks[i].*member) {
      if (!waits_for_shapes(metric)) metric = metrics::resolve(metric, {}, {});
    }
  }
}

void set_weights(const LossWeights& weights, const std::vector<std::string>& names, std::vector<OutputTask>& tasks) {
  check_names(weights.by_name(), names);
  if (!weights.list().empty() && weights.list().size() != names.size()) {
    throw ValueError("`loss_weights` must match the number of losses, got " + std::to_string(names.size()) +
                     " losses and " + std::to_string(weights.list().size()) + " weights.");
  }
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    if (!weights.list().empty()) tasks[i].weight = weights.list()[i];
    if (const auto at = weights.by_name().find(names[i]); at != weights.by_name().end()) tasks[i].weight = at->second;
  }
}

std::vector<std::string> names_of(const Losses& losses) {
  std::vector<std::string> names;
  const auto add = [&](const Loss& loss) {
    if (!loss) return;
    const auto& word = loss.identifier();  // the name that compile() was given
    const auto own = loss->is_function() ? loss->class_name() : loss->name();
    names.push_back(word.empty() ? own : word);
  };
  add(losses.one());
  for (const auto& loss : losses.list()) add(loss);
  for (const auto& [output, loss] : losses.by_name()) add(loss);
  return names;
}

}  // namespace

void require_targets(const Losses& losses, const Values& y, const std::string& method) {
  if (!y.is_none()) return;
  const auto names = names_of(losses);
  if (names.empty()) return;
  throw ValueError(
      "Target data is missing. Your model was compiled with loss=" + (names.size() == 1 ? names[0] : quoted(names)) +
      ", and therefore expects target data to be provided in `" + method + "()`.");
}

std::vector<OutputTask> match_outputs(const CompileOptions& options, const std::vector<std::string>& names) {
  std::vector<OutputTask> tasks(names.size());
  for (std::size_t i = 0; i < names.size(); ++i) tasks[i].name = names[i];
  set_losses(options.loss, names, tasks);
  set_weights(options.loss_weights, names, tasks);
  set_metrics(options.metrics, names, "metrics", &OutputTask::metrics, tasks);
  set_metrics(options.weighted_metrics, names, "weighted_metrics", &OutputTask::weighted_metrics, tasks);
  return tasks;
}

}  // namespace hornbeam::training
