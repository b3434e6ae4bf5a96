#include "keras/saving/training_state.h"

#include <set>

#include "hornbeam/training.hpp"
#include "keras/saving/loss_configs.h"
#include "keras/saving/metric_configs.h"
#include "keras/training/trainer.h"

namespace hornbeam {
namespace {

// A configuration as a file said it, for the Keras that it is of.
Config readable(Config config, Target target) {
  auto* loss = config.find("loss");
  if (loss && target == Target::keras3) *loss = with_full_names(*loss);
  return config;
}

// The configuration of the file it came from, with the learning rate of now.
Config kept_config(const Model& model, Target target) {
  auto config = readable(model.training_config(), target);
  if (as_multi(model.optimizer())) return config.set("optimizer_config", model.optimizer()->to_config());
  auto* settings = config.find("optimizer_config")->find("config");
  for (const auto* inner : {"inner_optimizer", "optimizer"}) {
    if (auto* wrapped = settings ? settings->find(inner) : nullptr) settings = wrapped->find("config");
  }
  auto* rate = settings ? settings->find("learning_rate") : nullptr;
  if (!rate || !rate->is_number()) return config;
  const auto scaled = as_loss_scale(model.optimizer());
  const auto now = (scaled ? scaled->inner_optimizer() : model.optimizer())->get_config().at("learning_rate");
  if (now.is_number() && static_cast<float>(now.as_double()) != static_cast<float>(rate->as_double())) *rate = now;
  return config;
}

}  // namespace

Optimizer converted_optimizer(const Model& model, OptimizerGeneration generation, std::vector<std::string>* notes) {
  auto other = model.optimizer()->converted(generation, notes);
  const bool has_trained = other->iterations()->value().item<std::int64_t>() > 0;
  if (!other->built() && has_trained) other->build(model.trainable_weights());
  return other;
}

Optimizer optimizer_for(const Model& model, Target target, SaveReport& report) {
  const auto& optimizer = model.optimizer();
  if (target == Target::tf22 && optimizer->options().global_clipnorm) {
    throw ValueError(
        "tf.keras 2.2 has no optimizer with global_clipnorm; save for another target, or without optimizer");
  }
  const auto& options = optimizer->options();
  const bool other_order = (model.target() == "tf2.2") != (target == Target::tf22);
  if (optimizer->generation() == OptimizerGeneration::legacy && options.clipnorm && options.clipvalue && other_order) {
    throw ValueError(
        "tf.keras 2.2 clips norms before values, later ones values before norms: an optimizer with clipnorm and "
        "clipvalue is another one there; save for its own target, or without optimizer");
  }
  const auto wanted = generation_for(target);
  const bool legacy_there = target == Target::tf215 && optimizer->generation() == OptimizerGeneration::legacy;
  if (optimizer->generation() == wanted || legacy_there) return optimizer;
  return converted_optimizer(model, wanted, &report.converted);
}

Config training_config_for(const Model& model, Target target, SaveReport& report) {
  const TargetScope scope(target);
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
  const auto [loss, weights] = loss_configs(options, model.output_names(), target);
  const auto metrics = metrics_config(model, options.loss, options.metrics, target, report);
  const auto weighted = metrics_config(model, options.loss, options.weighted_metrics, target, report);
  Config config{{"loss", loss}};
  if (target == Target::keras3) {
    config.set("loss_weights", weights).set("metrics", metrics).set("weighted_metrics", weighted);
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
  // Legacy optimizers have no state before the first step.
  const bool stepped = optimizer->built() || optimizer->iterations()->value().item<std::int64_t>() > 0;
  if (optimizer->generation() == OptimizerGeneration::legacy && !stepped) return {};
  return named_variables(*optimizer, target);
}

NamedTensors named_variables(const OptimizerObject& optimizer, Target target) {
  NamedTensors list;
  // Layers of the same name, one in the model and one in a model inside it, give their slots the same name, with which
  // Keras itself fails: "Unable to create dataset (name already exists)". It reads by order, whatever the names.
  std::set<std::string> taken;
  for (const auto& v : optimizer.variables()) {
    auto path = v->path();
    for (int i = 1; !taken.insert(path).second; ++i) path = v->path() + "_" + std::to_string(i);
    list.emplace_back(target == Target::keras3 ? path : path + ":0", v->value());
  }
  return list;
}

}  // namespace hornbeam
