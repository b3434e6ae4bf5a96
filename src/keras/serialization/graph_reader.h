// The graph of a functional model from its config: its layers made, and called as its nodes say.
#pragma once

#include <utility>

#include "hornbeam/config.hpp"
#include "hornbeam/values.hpp"

namespace hornbeam {

// The model's symbolic inputs and outputs. `config`: "layers", "input_layers" and "output_layers" in any dialect.
// Throws ValueError.
std::pair<Values, Values> read_graph(const Config& config);

}  // namespace hornbeam
