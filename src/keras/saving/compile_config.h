// The training configuration and optimizer state of a saved model.
#pragma once

#include "hornbeam/saving.hpp"
#include "hornbeam/training.hpp"

namespace hornbeam {

// What compile() takes, from the training_config (compile_config) of a file, in the dialect of the current target.
// Throws NotImplementedError naming an optimizer, loss or metric that is not here yet, ValueError in Keras's words for
// one that nobody knows.
CompileOptions compile_options(const Config& training_config);

// Compiles `model` by the configuration, or notes in the report and in the model why it could not be: it still
// predicts.
void restore_compile(Model& model, const Config& training_config, LoadReport& report);

// Optimizer state of a compiled model in the file's order; what does not fit is noted, and the optimizer starts anew,
// as in Keras.
void restore_optimizer(Model& model, const std::vector<std::string>& names, const std::vector<Tensor>& values,
                       LoadReport& report);

}  // namespace hornbeam
