// What a compiled model takes along into a file: how it is trained, and its optimizer's state.
#pragma once

#include "hornbeam/config.hpp"
#include "hornbeam/npy.hpp"
#include "hornbeam/saving.hpp"
#include "keras/serialization/dialect_tables.h"

namespace hornbeam {

// The compiled model's optimizer in the generation that the target's Keras takes for its own; 2.15 has the legacy ones
// too. Throws ValueError when the arithmetic is another there.
Optimizer optimizer_for(const Model& model, Target target, SaveReport& report);

// The compiled model's optimizer in that generation. One that has trained is built, though it had no slots to be built
// for (SGD without momentum has some in 2.15). Throws as optimizer_for.
Optimizer converted_optimizer(const Model& model, OptimizerGeneration generation,
                              std::vector<std::string>* notes = nullptr);

// training_config as that Keras writes it into H5 files; null when the model is not compiled, or when it cannot be said
// there (which the report then tells).
Config training_config_for(const Model& model, Target target, SaveReport& report);

// The optimizer's variables in that Keras's order and under its names; empty when there are none.
NamedTensors optimizer_weights_for(const Model& model, Target target, SaveReport& report);
NamedTensors named_variables(const OptimizerObject& optimizer, Target target);

}  // namespace hornbeam
