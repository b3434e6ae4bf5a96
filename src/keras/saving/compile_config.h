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
// `as_saved`: the file's state is that of a LossScaleOptimizer, which compile() had made.
enum class LossScaling { as_configured, as_saved };
void restore_compile(Model& model, const Config& training_config, LoadReport& report,
                     LossScaling scaling = LossScaling::as_configured);
// What a file that is no checkpoint does not tell of a LossScaleOptimizer of Keras 2.
void note_loss_scale(const Model& model, LoadReport& report);

// Optimizer state of a compiled model in the file's order; what does not fit is noted, and the optimizer starts anew,
// as in Keras.
void restore_optimizer(Model& model, const std::vector<std::string>& names, const std::vector<Tensor>& values,
                       LoadReport& report);

}  // namespace hornbeam
