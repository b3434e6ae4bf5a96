#include "keras/saving/compile_config_write.h"

#include <map>

#include "keras/engine/names.h"
#include "keras/losses/loss_class.h"
#include "keras/metrics/registry.h"
#include "keras/optimizers/v3_form.h"
#include "keras/saving/loss_configs.h"
#include "keras/saving/metric_configs.h"
#include "keras/saving/training_state.h"
#include "keras/serialization/dialect_write.h"
#include "keras/serialization/object_form.h"
#include "keras/training/trainer.h"

namespace hornbeam {
namespace {

using IsBuiltin = bool (*)(const std::string& name);

// Losses or metrics in any structure, their objects in the v3 form.
Config v3_form(const Config& given, const char* module, IsBuiltin is_builtin) {
  if (given.is_string()) return is_builtin(given.as_string()) ? given : v3_function(given.as_string());
  if (given.is_list()) {
    auto list = Config::list();
    for (const auto& item : given.as_list()) list.push_back(v3_form(item, module, is_builtin));
    return list;
  }
  if (!given.is_dict()) return given;
  if (given.has("class_name")) {
    const auto& name = given.at("class_name").as_string();
    auto config = given.at("config");
    if (auto* function = config.find("fn"); function && function->is_string() && !is_builtin(function->as_string())) {
      *function = v3_function(function->as_string());
    }
    return v3_object(name, std::move(config), is_builtin(name) ? module : nullptr);
  }
  auto dict = Config::dict();
  for (const auto& [key, item] : given.as_dict()) dict.set(key, v3_form(item, module, is_builtin));
  return dict;
}
Config v3_losses(const Config& losses) { return v3_form(losses, "keras.losses", is_builtin_loss); }
Config v3_metrics(const Config& metrics) { return v3_form(metrics, "keras.metrics", is_builtin_metric); }

Config list_of(const std::vector<Metric>& metrics, Target target) {
  auto list = Config::list();
  for (const auto& metric : metrics) list.push_back(metric.to_config(target));
  return list;
}

// As compile() was given them.
Config metrics_as_given(const Metrics& metrics, Target target) {
  if (!metrics.by_name().empty()) {
    auto dict = Config::dict();
    for (const auto& [output, list] : metrics.by_name()) dict.set(output, list_of(list, target));
    return dict;
  }
  if (!metrics.lists().empty()) {
    auto lists = Config::list();
    for (const auto& list : metrics.lists()) lists.push_back(list_of(list, target));
    return lists;
  }
  return metrics.all().empty() ? Config() : list_of(metrics.all(), target);
}

// What compile() was given of an optimizer that it wrapped by itself.
Optimizer as_given(const Optimizer& optimizer) {
  const auto scaled = as_loss_scale(optimizer);
  return scaled && scaled->is_automatic() ? scaled->inner_optimizer() : optimizer;
}

// By the word that compile() was given, as long as it stands for this very optimizer.
Config optimizer_config(const Optimizer& of_model, const Config* said, bool tf_keras) {
  const auto optimizer = as_given(of_model);
  auto object = v3_optimizer(*optimizer, optimizer->generation(), tf_keras);
  if (!said || !said->is_string() || optimizer->generation() == OptimizerGeneration::keras3) return object;
  const Optimizer fresh(said->as_string());
  const bool same = fresh->class_name() == optimizer->class_name() &&
                    fresh->get_config(optimizer->generation()).equivalent(object.at("config"));
  return same ? *said : object;
}

// Keras walks what an optimizer wraps as it walks the layers of a model: by their classes' names, numbered.
OptimizerState state_of(const Optimizer& optimizer, Target target) {
  OptimizerState state{optimizer->name(), named_variables(*optimizer, target)};
  if (const auto scaled = as_loss_scale(optimizer)) {
    state.inner.emplace_back("inner_optimizer", state_of(scaled->inner_optimizer(), target));
  }
  const auto multi = as_multi(optimizer);
  if (!multi) return state;
  std::map<std::string, int> used;
  for (const auto& inner : multi->optimizers()) {
    auto place = "optimizers/" + to_snake_case(inner->class_name());
    if (const auto count = used[place]++) place += "_" + std::to_string(count);
    state.inner.emplace_back(place, state_of(inner, target));
  }
  return state;
}

}  // namespace

Optimizer optimizer_in_archive(const Model& model, Target target, SaveReport& report) {
  if (!model.is_compiled()) return nullptr;
  auto optimizer = optimizer_for(model, target, report);
  if (optimizer->generation() != OptimizerGeneration::legacy) return optimizer;
  try {
    return converted_optimizer(model, OptimizerGeneration::modern, &report.converted);
  } catch (const ValueError& error) {
    report.dropped.push_back(std::string("optimizer: its state; .keras archives hold none of legacy optimizers, and ") +
                             error.what());
    return optimizer;
  }
}

OptimizerState optimizer_state_for(const Model& model, const Optimizer& optimizer, Target target, SaveReport& report) {
  if (!optimizer) {
    if (!model.training_config().is_null()) {
      report.dropped.push_back("optimizer: its state could not be restored: " + model.not_compiled_because());
    }
    return {};
  }
  if (optimizer->generation() == OptimizerGeneration::legacy) return {};
  return state_of(optimizer, target);
}

Config compile_config_for(const Model& model, const Optimizer& optimizer, Target target, SaveReport& report) {
  const auto& given = model.training_config();
  const bool same_there = given.is_dict() && !given.has("optimizer_config") && target_named(model.target()) == target;
  if (!optimizer) {
    if (given.is_null() || same_there) return given;
    report.dropped.push_back("compile_config: what " + model.target() +
                             " wrote of it was not restored, and cannot be brought to a .keras archive for " +
                             name_of(target) + ". Compile the model there.");
    return {};
  }
  const bool tf_keras = dialect_for(name_of(target), report.keras_version).tf_keras;
  if (const auto scaled = as_loss_scale(optimizer); scaled && scaled->is_automatic()) {
    report.dropped.push_back(
        "optimizer: the LossScaleOptimizer that compile() wrapped it in, as in Keras's own archives. Keras wraps it "
        "again if its global policy is mixed_float16 when it loads the archive; if not, Keras 3 begins with a new "
        "optimizer");
  }
  if (same_there) {
    auto config = given;
    return config.set("optimizer", optimizer_config(optimizer, given.find("optimizer"), tf_keras));
  }
  const auto& options = model.trainer().options();
  const auto [loss, weights] = loss_configs(options, model.output_names(), target);
  Config config{{"optimizer", optimizer_config(optimizer, nullptr, tf_keras)}, {"loss", v3_losses(loss)}};
  if (target == Target::keras3) {
    const auto metrics = metrics_config(model, options.loss, options.metrics, target, report);
    const auto weighted = metrics_config(model, options.loss, options.weighted_metrics, target, report);
    config.set("loss_weights", weights).set("metrics", v3_metrics(metrics));
    config.set("weighted_metrics", v3_metrics(weighted));
    return config.set("run_eagerly", false).set("steps_per_execution", 1).set("jit_compile", false);
  }
  config.set("metrics", v3_metrics(metrics_as_given(options.metrics, target)));
  config.set("loss_weights", weights);
  config.set("weighted_metrics", v3_metrics(metrics_as_given(options.weighted_metrics, target)));
  return config.set("run_eagerly", nullptr).set("steps_per_execution", nullptr).set("jit_compile", nullptr);
}

}  // namespace hornbeam
