// Metrics in training configs.
#pragma once

#include "hornbeam/saving.hpp"
#include "hornbeam/training.hpp"

namespace hornbeam {

// compile()'s metrics as that Keras reads them back under the names and with the numbers that it gives them itself:
//
// - 2.15 takes what a file says as it stands: a list an output of metrics that are settled, each under its output's
//   name and its own. Words it would settle by the outputs' shapes alone (of sparse labels "accuracy" would count none
//   right), and of a plain list it would show one metric for all outputs.
// - 2.2 and Keras 3 put the output's name before each metric's when they tell results, and call what a word such as
//   "mae" stands for by its function's name. Keras 3 wants a list an output; it has no "crossentropy".
//
// What the target cannot hold is left out and told.
Config metrics_config(const Model& model, const Losses& losses, const Metrics& metrics, Target target,
                      SaveReport& report);

}  // namespace hornbeam
