#include "keras/saving/compile_config.h"

#include "hornbeam/target.hpp"
#include "keras/training/trainer.h"

namespace hornbeam {
namespace {

bool is_object(const Config& config) { return config.is_dict() && config.has("class_name"); }

std::vector<Metric> metric_list(const Config& config) {
  std::vector<Metric> list;
  if (config.is_null()) return list;
  if (config.is_list()) {
    for (const auto& item : config.as_list()) {
      if (!item.is_null()) list.push_back(Metric::from_config(item));
    }
  } else {
    list.push_back(Metric::from_config(config));
  }
  return list;
}

Metrics metrics_of(const Config* config) {
  if (!config || config->is_null()) return {};
  if (config->is_dict() && !is_object(*config)) {
    std::map<std::string, std::vector<Metric>> by_name;
    for (const auto& [name, value] : config->as_dict()) by_name.emplace(name, metric_list(value));
    return Metrics(std::move(by_name));
  }
  // 2.15 writes one list per output; lists of names alone hold for every output.
  if (config->is_list()) {
    bool nested = false;
    for (const auto& item : config->as_list()) nested |= item.is_list();
    if (nested) {
      std::vector<std::vector<Metric>> lists;
      for (const auto& item : config->as_list()) lists.push_back(metric_list(item));
      return Metrics::per_output(std::move(lists));
    }
  }
  return Metrics(metric_list(*config));
}

Losses losses_of(const Config* config) {
  if (!config || config->is_null()) return {};
  if (config->is_list()) {
    std::vector<Loss> list;
    for (const auto& item : config->as_list()) list.push_back(Loss::from_config(item));
    return Losses(std::move(list));
  }
  if (config->is_dict() && !is_object(*config)) {
    std::map<std::string, Loss> by_name;
    for (const auto& [name, value] : config->as_dict()) by_name.emplace(name, Loss::from_config(value));
    return Losses(std::move(by_name));
  }
  return Losses(Loss::from_config(*config));
}

LossWeights weights_of(const Config* config) {
  if (!config || config->is_null()) return {};
  if (config->is_list()) {
    std::vector<double> list;
    for (const auto& item : config->as_list()) list.push_back(item.is_null() ? 1.0 : item.as_double());
    return LossWeights(std::move(list));
  }
  if (!config->is_dict()) return LossWeights(std::vector<double>{config->as_double()});
  std::map<std::string, double> by_name;
  for (const auto& [name, value] : config->as_dict()) by_name.emplace(name, value.as_double());
  return LossWeights(std::move(by_name));
}

// Keras 3's compile_config has the optimizer under "optimizer"; H5 files under "optimizer_config".
const Config* optimizer_config(const Config& config) {
  for (const char* key : {"optimizer_config", "optimizer"}) {
    if (const auto* found = config.find(key); found && !found->is_null()) return found;
  }
  return nullptr;
}

void drop_output(const Metric& metric, const std::string& output) {
  const auto prefix = output + "_";
  if (metric.resolved() && metric->name().starts_with(prefix) && metric->name().size() > prefix.size()) {
    metric->set_name(metric->name().substr(prefix.size()));
  }
}

// Metrics of several outputs as compile() takes them. 2.15 writes the names that results have, which begin with the
// output's; so does 2.2 of objects once it has trained (and would put the output before them once more when it reads
// them). Keras 3 gives each output one of a plain list.
Metrics as_compiled(const Metrics& metrics, const std::vector<std::string>& outputs) {
  if (outputs.size() < 2) return metrics;
  if (current_target() == Target::keras3) {
    if (metrics.all().size() != outputs.size()) return metrics;
    std::vector<std::vector<Metric>> lists;
    for (const auto& metric : metrics.all()) lists.push_back({metric});
    return Metrics::per_output(std::move(lists));
  }
  for (std::size_t i = 0; i < outputs.size() && i < metrics.lists().size(); ++i) {
    for (const auto& metric : metrics.lists()[i]) drop_output(metric, outputs[i]);
  }
  for (const auto& [output, list] : metrics.by_name()) {
    for (const auto& metric : list) drop_output(metric, output);
  }
  for (const auto& metric : metrics.all()) drop_output(metric, outputs[0]);
  return metrics;
}

// Learning rates take the dtype they have in the state. Throws ValueError unless it is floating: a rate of integers
// would be none.
void follow_rates(const OptimizerObject& optimizer, const std::vector<Optimizer>& rated,
                  const std::vector<Tensor>& values) {
  const auto variables = optimizer.variables();
  for (std::size_t i = 0; i < variables.size() && i < values.size(); ++i) {
    for (const auto& one : rated) {
      if (variables[i] != one->learning_rate()) continue;
      const auto dtype = values[i].dtype();
      if (!is_floating(dtype)) {
        throw ValueError("The learning rate of optimizer " + one->name() + " must be floating, received " +
                         std::string(name_of(dtype)));
      }
      one->set_learning_rate_dtype(dtype);
    }
  }
}

}  // namespace

CompileOptions compile_options(const Config& config) {
  CompileOptions options;
  if (const auto* optimizer = optimizer_config(config)) options.optimizer = Optimizer::from_config(*optimizer);
  options.loss = losses_of(config.find("loss"));
  options.metrics = metrics_of(config.find("metrics"));
  options.weighted_metrics = metrics_of(config.find("weighted_metrics"));
  options.loss_weights = weights_of(config.find("loss_weights"));
  return options;
}

void restore_compile(Model& model, const Config& training_config, LoadReport& report, LossScaling scaling) {
  const TargetScope scope(target_named(model.target()));
  try {
    auto options = compile_options(training_config);
    const auto outputs = model.output_names();
    options.metrics = as_compiled(options.metrics, outputs);
    options.weighted_metrics = as_compiled(options.weighted_metrics, outputs);
    if (scaling == LossScaling::as_saved) options.optimizer = training::scaled_by_itself(options.optimizer);
    model.compile(options);
    model.set_training_config(training_config);
  } catch (const Error& error) {
    model.set_training_config(training_config);
    model.set_not_compiled(error.what());
    report.notes.push_back(std::string("the model is not compiled, its training configuration cannot be restored: ") +
                           error.what());
  }
}

void note_loss_scale(const Model& model, LoadReport& report) {
  const auto scaled = as_loss_scale(model.optimizer());
  if (!scaled || !scaled->dynamic() || scaled->generation() == OptimizerGeneration::keras3) return;
  report.notes.push_back("optimizer: the file holds no loss scale, which starts anew from " +
                         Config(scaled->initial_scale()).dump() + ", as in Keras");
}

void restore_optimizer(Model& model, const std::vector<std::string>& names, const std::vector<Tensor>& values,
                       LoadReport& report) {
  const auto& optimizer = model.optimizer();
  std::vector<Optimizer> rated;
  std::vector<Tensor> rates;
  try {
    // Saved before the first step, there are no slots. Those that are made are what the first step would make.
    if (values.size() != optimizer->variables().size()) optimizer->build(model.trainable_weights());
    rated = with_learning_rates(optimizer);
    for (const auto& one : rated) rates.push_back(one->learning_rate()->value());
    follow_rates(*optimizer, rated, values);
    optimizer->set_weights(values);
    // It has trained, if without slots (Keras 3's SGD); other generations have some, which a conversion makes.
    const bool trained = optimizer->iterations()->value().item<std::int64_t>() > 0;
    const auto generation = optimizer->generation();
    if (generation == OptimizerGeneration::keras3 && trained) optimizer->build(model.trainable_weights());
    // A legacy one that has a state has been at work, though a loss scale may have left all steps out.
    if (generation == OptimizerGeneration::legacy && as_loss_scale(optimizer)) {
      optimizer->build(model.trainable_weights());
    }
    // Under the names they had: the weights' full paths, which the layers no longer know.
    const auto restored = optimizer->variables();
    for (std::size_t i = 0; i < restored.size() && i < names.size(); ++i) {
      const auto& name = names[i];
      restored[i]->rename(name.ends_with(":0") ? name.substr(0, name.size() - 2) : name);
      report.matched.push_back("optimizer_weights/" + name);
    }
  } catch (const ValueError& error) {
    for (std::size_t i = 0; i < rated.size(); ++i) {
      if (rated[i]->learning_rate()->dtype() == rates[i].dtype()) continue;
      // Nothing was assigned.
      rated[i]->set_learning_rate_dtype(rates[i].dtype());
      rated[i]->learning_rate()->assign(rates[i]);
    }
    for (const auto& name : names) report.mismatched.push_back("optimizer_weights/" + name);
    const auto steps = optimizer->iterations()->value().item<std::int64_t>();
    report.notes.push_back(
        (steps == 0
             ? "Error in loading the saved optimizer state. As a result, your model is starting with a freshly "
               "initialized optimizer. "
             : "Error in loading the saved optimizer state. As a result, your model's optimizer stays as it was, "
               "after " +
                   std::to_string(steps) + (steps == 1 ? " step. " : " steps. ")) +
        std::string(error.what()));
  }
}

}  // namespace hornbeam
