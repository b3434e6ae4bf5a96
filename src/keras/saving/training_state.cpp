#include "keras/saving/training_state.h"

#include "hornbeam/training.hpp"
#include "keras/saving/keras3_metrics.h"
#include "keras/saving/loss_names.h"
#include "keras/saving/settled_metrics.h"
#include "keras/training/trainer.h"

namespace hornbeam {
namespace {

Config losses_config(const Losses& losses, Target target) {
  if (!losses.list().empty()) {
    auto list = Config::list();
    for (const auto& loss : losses.list()) list.push_back(loss.to_config(target));
    return list;
  }
  if (!losses.by_name().empty()) {
    auto dict = Config::dict();
    for (const auto& [name, loss] : losses.by_name()) dict.set(name, loss.to_config(target));
    return dict;
  }
  return losses.one().to_config(target);
}

Config metric_list(const std::vector<Metric>& metrics, Target target) {
  auto list = Config::list();
  for (const auto& metric : metrics) list.push_back(metric.to_config(target));
  return list;
}

Config metrics_config(const Metrics& metrics, Target target) {
  if (!metrics.lists().empty()) {
    auto lists = Config::list();
    for (const auto& list : metrics.lists()) lists.push_back(metric_list(list, target));
    return lists;
  }
  if (!metrics.by_name().empty()) {
    auto dict = Config::dict();
    for (const auto& [name, list] : metrics.by_name()) dict.set(name, metric_list(list, target));
    return dict;
  }
  return metrics.all().empty() ? Config() : metric_list(metrics.all(), target);
}

Config weights_config(const LossWeights& weights) {
  if (!weights.list().empty()) return Config(weights.list());
  if (weights.by_name().empty()) return {};
  auto dict = Config::dict();
  for (const auto& [name, weight] : weights.by_name()) dict.set(name, weight);
  return dict;
}

// A configuration as a file said it, for the Keras that it is of.
Config readable(Config config, Target target) {
  auto* loss = config.find("loss");
  if (loss && target == Target::keras3) *loss = with_full_names(*loss);
  return config;
}

// The configuration of the file it came from, with the learning rate of now.
Config kept_config(const Model& model, Target target) {
  auto config = readable(model.training_config(), target);
  auto* settings = config.find("optimizer_config")->find("config");
  auto* rate = settings ? settings->find("learning_rate") : nullptr;
  if (!rate || !rate->is_number()) return config;
  const auto now = model.optimizer()->get_config().at("learning_rate");
  if (now.is_number() && static_cast<float>(now.as_double()) != static_cast<float>(rate->as_double())) *rate = now;
  return config;
}

}  // namespace

Optimizer optimizer_for(const Model& model, Target target, SaveReport& report) {
  const auto& optimizer = model.optimizer();
  if (target == Target::tf22 && optimizer->options().global_clipnorm) {
    throw ValueError(
        "tf.keras 2.2 has no optimizer with global_clipnorm; save for another target, or without optimizer");
  }
  const auto wanted = generation_for(target);
  const bool legacy_there = target == Target::tf215 && optimizer->generation() == OptimizerGeneration::legacy;
  if (optimizer->generation() == wanted || legacy_there) return optimizer;
  return optimizer->converted(wanted, &report.converted);
}

Config training_config_for(const Model& model, Target target, SaveReport& report) {
  if (!model.is_compiled()) {
    // What could not be restored is passed on as it stood. H5 files' has the optimizer in it, .keras archives' has not.
    const auto& config = model.training_config();
    if (config.is_null()) return {};
    if (target_named(model.target()) == target && config.has("optimizer_config")) {
      return readable(config, target);
    }
    report.dropped.push_back("training_config: it was written by " + model.target() +
                             ", was not restored, and cannot "
                             "be brought to " +
                             name_of(target) + ". Compile the model there.");
    return {};
  }
  if (target_named(model.target()) == target && model.training_config().has("optimizer_config")) {
    return kept_config(model, target);
  }
  const auto& options = model.trainer().options();
  const auto loss = losses_config(options.loss, target);
  const auto metrics_for = [&](const Metrics& given) {
    if (target == Target::tf215) return metrics_config(settled_metrics(model, options.loss, given), target);
    const auto made = metrics_config(given, target);
    return target == Target::keras3 ? keras3_metrics(model, made) : made;
  };
  const auto metrics = metrics_for(options.metrics), weighted = metrics_for(options.weighted_metrics);
  const auto weights = weights_config(options.loss_weights);
  Config config{{"loss", loss}};
  if (target == Target::keras3) {
    config.set("loss", with_full_names(loss))
        .set("loss_weights", weights)
        .set("metrics", metrics)
        .set("weighted_metrics", weighted);
    config.set("run_eagerly", false).set("steps_per_execution", 1).set("jit_compile", false);
  } else {
    config.set("metrics", metrics).set("weighted_metrics", weighted).set("loss_weights", weights);
    if (target == Target::tf22) config.set("sample_weight_mode", nullptr);
  }
  return config.set("optimizer_config", optimizer_for(model, target, report)->to_config());
}

NamedTensors optimizer_weights_for(const Model& model, Target target, SaveReport& report) {
  if (!model.is_compiled()) {
    if (!model.training_config().is_null()) {
      report.dropped.push_back("optimizer_weights: the optimizer could not be restored: " +
                               model.not_compiled_because());
    }
    return {};
  }
  SaveReport told;  // once is enough
  const auto optimizer = optimizer_for(model, target, told);
  NamedTensors weights;
  // Legacy optimizers have no state before the first step.
  const bool stepped = optimizer->built() || optimizer->iterations()->value().item<std::int64_t>() > 0;
  if (optimizer->generation() == OptimizerGeneration::legacy && !stepped) return weights;
  for (const auto& v : optimizer->variables()) {
    weights.emplace_back(target == Target::keras3 ? v->path() : v->name(), v->value());
  }
  return weights;
}

}  // namespace hornbeam
