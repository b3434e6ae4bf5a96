#include "keras/migration/compile_difference.h"

#include "hornbeam/training.hpp"
#include "keras/engine/names.h"
#include "keras/migration/config_difference.h"
#include "keras/saving/metric_configs.h"
#include "keras/training/outputs.h"
#include "keras/training/trainer.h"

namespace hornbeam {
namespace {

constexpr auto kDialect = Target::tf215;  // which has most of what there is

// "mean_squared_error" for the function of this name and the class MeanSquaredError.
Config said_by(const Config& settings, const std::string& name, const std::string& function) {
  Config said{{"is", function.empty() ? to_snake_case(name) : function}};
  for (const auto& [key, value] : settings.as_dict()) {
    if (key == "fn" || key == "dtype" || (key == "name" && !function.empty())) continue;
    const bool is_auto = key == "reduction" && value == Config("auto");
    said.set(key, is_auto ? Config("sum_over_batch_size") : value);
  }
  return said;
}

Config of_loss(const Loss& loss) {
  if (!loss) return {};
  auto said = said_by(loss->get_config(kDialect), loss->class_name(), loss->function_name());
  said.erase("name");
  return said;
}

// A metric settled by its output's shape, as a file says it.
Config of_metric(const Config& metric) {
  if (!metric.is_dict()) return metric;
  const auto& settings = metric.at("config");
  const auto* function = settings.find("fn");
  auto said = said_by(settings, metric.at("class_name").as_string(),
                      function && function->is_string() ? function->as_string() : "");
  return said.set("name", settings.get_string("name", ""));
}

Config of_metrics(const Model& model, const CompileOptions& options, const Metrics& metrics) {
  SaveReport unused;
  auto lists = metrics_config(model, options.loss, metrics, kDialect, unused);
  if (!lists.is_list()) return lists;
  for (auto& list : lists.as_list()) {
    if (!list.is_list()) continue;
    for (auto& metric : list.as_list()) metric = of_metric(metric);
  }
  return lists;
}

Config told(const Model& model) {
  const auto& options = model.trainer().options();
  Config said;
  for (const auto& task : training::match_outputs(options, model.output_names())) {
    said.set(task.name, Config{{"loss", of_loss(task.loss)}, {"loss_weight", task.weight}});
  }
  said.set("metrics", of_metrics(model, options, options.metrics));
  return said.set("weighted_metrics", of_metrics(model, options, options.weighted_metrics));
}

// Of objects of one kind, what both say.
void keep_common(Config& a, Config& b) {
  if (a.is_list() && b.is_list() && a.size() == b.size()) {
    for (std::size_t i = 0; i < a.size(); ++i) keep_common(a.as_list()[i], b.as_list()[i]);
  }
  if (!a.is_dict() || !b.is_dict()) return;
  if (a.has("is") && b.has("is")) {
    std::erase_if(a.as_dict(), [&](const auto& item) { return !b.has(item.first); });
    std::erase_if(b.as_dict(), [&](const auto& item) { return !a.has(item.first); });
  }
  for (auto& [key, value] : a.as_dict()) {
    if (auto* same = b.find(key)) keep_common(value, *same);
  }
}

}  // namespace

void compile_differences(const Model& a, const Model& b, std::vector<std::string>& found) {
  auto of_a = told(a), of_b = told(b);
  keep_common(of_a, of_b);
  config_differences(of_a, of_b, "compile", found);
}

}  // namespace hornbeam
