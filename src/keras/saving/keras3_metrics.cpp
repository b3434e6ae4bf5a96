#include "keras/saving/keras3_metrics.h"

#include <algorithm>

#include "keras/metrics/registry.h"

namespace hornbeam {
namespace {

Config without_output(Config metric, const std::string& output) {
  auto* config = metric.find("config");
  auto* name = config ? config->find("name") : nullptr;
  const auto prefix = output + "_";
  if (!name || !name->is_string() || !name->as_string().starts_with(prefix)) return metric;
  if (name->as_string().size() == prefix.size()) return metric;
  *name = name->as_string().substr(prefix.size());
  return function_name_alone(std::move(metric), Target::keras3);
}

Config of_output(const Config& metrics, const std::string& output) {
  if (!metrics.is_list()) return metrics;
  auto list = Config::list();
  for (const auto& metric : metrics.as_list()) list.push_back(without_output(metric, output));
  return list;
}

bool one_list_an_output(const Config& metrics) {
  return std::ranges::any_of(metrics.as_list(), [](const Config& item) { return item.is_list(); });
}

}  // namespace

Config keras3_metrics(const Model& model, const Config& metrics) {
  const auto outputs = model.output_names();
  if (outputs.size() < 2) return metrics;
  if (metrics.is_dict()) {
    auto dict = Config::dict();
    for (const auto& [output, list] : metrics.as_dict()) dict.set(output, of_output(list, output));
    return dict;
  }
  if (!metrics.is_list()) return metrics;
  const bool split = one_list_an_output(metrics);
  auto lists = Config::list();
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (split && i >= metrics.size()) break;
    lists.push_back(of_output(split ? metrics.at(i) : metrics, outputs[i]));
  }
  return lists;
}

}  // namespace hornbeam
