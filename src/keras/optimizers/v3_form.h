// Optimizers in the object form of archives, which Keras 2.15 and 3 also use for what a LossScaleOptimizer wraps.
#pragma once

#include "hornbeam/optimizers.hpp"

namespace hornbeam {

// {"module": "keras.optimizers", "class_name": "Adam", "config": {...}, "registered_name": null}, as an optimizer of
// that generation would say it. `tf_keras`: as tf-keras spells modules. Throws as get_config.
Config v3_optimizer(const OptimizerObject& optimizer, OptimizerGeneration generation, bool tf_keras = false);

}  // namespace hornbeam
