#include "keras/saving/metric_configs.h"

#include "keras/metrics/registry.h"

namespace hornbeam {
namespace {

using MetricList = std::vector<Metric>;

bool is_accuracy(const std::string& word) { return word == "accuracy" || word == "acc"; }
bool is_crossentropy(const std::string& word) { return word == "crossentropy" || word == "ce"; }

Loss loss_of(const Losses& losses, const std::string& output, std::size_t i) {
  if (!losses.list().empty()) return i < losses.list().size() ? losses.list()[i] : Loss();
  if (losses.by_name().empty()) return losses.one();
  const auto it = losses.by_name().find(output);
  return it == losses.by_name().end() ? Loss() : it->second;
}

// What a file says of the metrics of one output.
class OutputMetrics {
 public:
  OutputMetrics(std::string name, Shape predictions, Loss loss, bool one_of_several, Target target)
      : name_(std::move(name)),
        predictions_(std::move(predictions)),
        loss_(std::move(loss)),
        one_of_several_(one_of_several),
        target_(target) {}

  Config list(const MetricList& metrics, SaveReport& report) const {
    auto list = Config::list();
    for (const auto& metric : metrics) {
      const auto config = of(metric, report);
      if (!config.is_null()) list.push_back(config);
    }
    return list;
  }

 private:
  Config of(const Metric& metric, SaveReport& report) const {
    const auto& word = metric.identifier();
    if (!word.empty() && !metric.resolved() && !is_builtin_metric(word)) return word;  // of whoever opens the file
    if (target_ == Target::tf215) return under_output(resolved(metric).to_config(target_));
    if (metric.resolved() || !metric) return metric.to_config(target_);
    if (is_accuracy(word)) return word;
    if (!is_crossentropy(word)) return of_word(word);
    if (target_ == Target::tf22) return word;
    if (predictions_.has_rank() && loss_) return resolved(metric).to_config(target_);
    report.dropped.push_back("metric '" + word + "'" + (name_.empty() ? "" : " of output '" + name_ + "'") +
                             ": Keras 3 does not know the word, and no loss says which cross-entropy it is");
    return {};
  }

  // As the loss has it; where there is none, as the predictions alone.
  Metric resolved(const Metric& metric) const {
    const bool sparse = loss_ && loss_->function_name().starts_with("sparse_");
    const auto labels = sparse ? Shape(std::vector<std::int64_t>{None, 1}) : predictions_;
    return metrics::resolve(metric, labels, predictions_);
  }

  // The word itself, unless the target would call what it stands for by another name.
  Config of_word(const std::string& word) const {
    const auto object = metrics::resolve(word, {}, {});
    const auto config = object.to_config(target_);
    if (config.is_string()) return config;
    const bool function = object->class_name() == "MeanMetricWrapper" &&
                          dynamic_cast<const MeanMetricWrapper&>(*object).function_name() == object->name();
    const bool of_class = target_ == Target::tf22 && object->class_name() == word;
    return function || of_class ? Config(word) : config;
  }

  Config under_output(Config metric) const {
    if (!one_of_several_ || !metric.is_dict()) return metric;
    auto& name = *metric.find("config")->find("name");
    name = name_ + "_" + name.as_string();
    return metric;
  }

  std::string name_;
  Shape predictions_;
  Loss loss_;
  bool one_of_several_;
  Target target_;
};

std::vector<OutputMetrics> outputs_of(const Model& model, const Losses& losses, Target target) {
  const auto names = model.output_names();
  const auto outputs = model.symbolic_outputs().flatten();
  std::vector<OutputMetrics> list;
  for (std::size_t i = 0; i < names.size() && i < outputs.size(); ++i) {
    list.emplace_back(names[i], outputs[i].shape(), loss_of(losses, names[i], i), names.size() > 1, target);
  }
  // A model that is not built yet.
  if (list.empty()) list.emplace_back("", Shape(), loss_of(losses, "", 0), false, target);
  return list;
}

bool empty(const Metrics& metrics) {
  return metrics.all().empty() && metrics.lists().empty() && metrics.by_name().empty();
}

}  // namespace

Config metrics_config(const Model& model, const Losses& losses, const Metrics& metrics, Target target,
                      SaveReport& report) {
  if (empty(metrics)) return {};
  const TargetScope scope(target);
  const auto names = model.output_names();
  const auto outputs = outputs_of(model, losses, target);
  const bool by_name = !metrics.by_name().empty();
  if (by_name && target != Target::tf215) {
    auto dict = Config::dict();
    for (std::size_t i = 0; i < outputs.size() && i < names.size(); ++i) {
      const auto it = metrics.by_name().find(names[i]);
      if (it != metrics.by_name().end()) dict.set(names[i], outputs[i].list(it->second, report));
    }
    return dict;
  }
  const bool flat = metrics.lists().empty() && !by_name;
  if (flat && (target == Target::tf22 || (target == Target::keras3 && outputs.size() == 1))) {
    return outputs[0].list(metrics.all(), report);
  }
  auto lists = Config::list();
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const auto it = i < names.size() ? metrics.by_name().find(names[i]) : metrics.by_name().end();
    if (by_name && it == metrics.by_name().end()) {
      lists.push_back(Config(Config::List{Config()}));  // as 2.15 says it
    } else if (by_name) {
      lists.push_back(outputs[i].list(it->second, report));
    } else if (flat) {
      lists.push_back(outputs[i].list(metrics.all(), report));
    } else if (i < metrics.lists().size()) {
      lists.push_back(outputs[i].list(metrics.lists()[i], report));
    }
  }
  return lists;
}

}  // namespace hornbeam
