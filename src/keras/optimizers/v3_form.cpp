#include "keras/optimizers/v3_form.h"

#include <set>

#include "hornbeam/target.hpp"
#include "keras/serialization/object_form.h"

namespace hornbeam {
namespace {

// 2.15's public names: some under which its classes were new once.
std::string module_of(const OptimizerObject& optimizer, OptimizerGeneration generation, bool tf_keras) {
  static const std::set<std::string, std::less<>> kPlain = {"Adam", "AdamW", "Adafactor", "Lion"};
  switch (generation) {
    case OptimizerGeneration::legacy:
      return "keras.optimizers.legacy";
    case OptimizerGeneration::keras3:
      return "keras.optimizers";
    case OptimizerGeneration::modern:
      break;
  }
  return tf_keras || kPlain.contains(optimizer.class_name()) ? "keras.optimizers" : "keras.optimizers.experimental";
}

// What Keras 2 exports is a class that makes one of the two of the generations: these have no public name.
Config private_object(const LossScaleObject& optimizer, Config config, bool tf_keras) {
  const std::string package = tf_keras ? "tf_keras" : "keras";
  auto object = v3_object(optimizer.class_name(), std::move(config),
                          (package + ".src.mixed_precision.loss_scale_optimizer").c_str());
  return object.set("registered_name", optimizer.class_name());
}

}  // namespace

Config v3_optimizer(const OptimizerObject& optimizer, OptimizerGeneration generation, bool tf_keras) {
  // Legacy optimizers in archives are those that 2.15 still has.
  const bool legacy = generation == OptimizerGeneration::legacy;
  const TargetScope scope(legacy ? Target::tf215 : current_target());
  auto config = optimizer.get_config(generation);
  if (const auto* scaled = dynamic_cast<const LossScaleObject*>(&optimizer)) {
    if (generation == OptimizerGeneration::keras3) {
      return v3_object("LossScaleOptimizer", std::move(config), "keras.optimizers");
    }
    config.set("inner_optimizer", v3_optimizer(*scaled->inner_optimizer(), generation, tf_keras));
    return private_object(*scaled, std::move(config), tf_keras);
  }
  // In an archive it has its module also where a legacy optimizer has it.
  if (const auto& schedule = optimizer.learning_rate_schedule()) {
    config.set("learning_rate", schedule.to_config(legacy ? OptimizerGeneration::modern : generation));
  }
  return v3_object(optimizer.class_name(), std::move(config), module_of(optimizer, generation, tf_keras).c_str());
}

}  // namespace hornbeam
