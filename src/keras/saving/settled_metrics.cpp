#include "keras/saving/settled_metrics.h"

namespace hornbeam {
namespace {

bool waits(const Metric& metric) {
  const auto& word = metric.identifier();
  return word == "accuracy" || word == "acc" || word == "crossentropy" || word == "ce";
}

Loss loss_of(const Losses& losses, const std::string& output, std::size_t i) {
  if (!losses.list().empty()) return i < losses.list().size() ? losses.list()[i] : Loss();
  if (losses.by_name().empty()) return losses.one();
  const auto it = losses.by_name().find(output);
  return it == losses.by_name().end() ? Loss() : it->second;
}

std::vector<Metric> metrics_of(const Metrics& metrics, const std::string& output, std::size_t i) {
  if (!metrics.lists().empty()) return i < metrics.lists().size() ? metrics.lists()[i] : std::vector<Metric>();
  if (metrics.by_name().empty()) return metrics.all();
  const auto it = metrics.by_name().find(output);
  return it == metrics.by_name().end() ? std::vector<Metric>() : it->second;
}

Metric settled(const Metric& metric, const Loss& loss, const Shape& predictions) {
  if (!waits(metric) || !loss || loss->is_function()) return metric;
  const bool sparse = loss->function_name().starts_with("sparse_");
  const auto labels = sparse ? Shape(std::vector<std::int64_t>{None, 1}) : predictions;
  return metrics::resolve(metric, labels, predictions);
}

}  // namespace

Metrics settled_metrics(const Model& model, const Losses& losses, const Metrics& metrics) {
  const auto* functional = dynamic_cast<const FunctionalModel*>(&model);
  if (!functional) return metrics;
  const TargetScope scope(Target::tf215);
  const auto names = functional->output_names();
  const auto outputs = functional->symbolic_outputs().flatten();
  std::vector<std::vector<Metric>> lists;
  bool changed = false;
  for (std::size_t i = 0; i < names.size() && i < outputs.size(); ++i) {
    lists.push_back(metrics_of(metrics, names[i], i));
    for (auto& metric : lists.back()) {
      const bool waited = waits(metric);
      metric = settled(metric, loss_of(losses, names[i], i), outputs[i].shape());
      changed |= waited && !waits(metric);
    }
  }
  return changed ? Metrics::per_output(std::move(lists)) : metrics;
}

}  // namespace hornbeam
