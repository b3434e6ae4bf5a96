// What two compiled models were told to train by.
#pragma once

#include <string>
#include <vector>

#include "hornbeam/model.hpp"

namespace hornbeam {

// Losses, their weights, and metrics of each output, into `found`: "compile.out.loss: mean_squared_error and poisson".
// As the same functions are said by words, classes or wrappers, by file and Keras, settings count that both sides say.
void compile_differences(const Model& a, const Model& b, std::vector<std::string>& found);

}  // namespace hornbeam
