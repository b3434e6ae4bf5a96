// The graph of a functional model from its config: its layers made, and called as its nodes say.
#pragma once

#include <memory>
#include <vector>

#include "hornbeam/layer.hpp"

namespace hornbeam {

struct ReadGraph {
  Values inputs, outputs;                         // symbolic
  std::vector<std::shared_ptr<Layer>> layers;     // in the config's order
  std::vector<std::shared_ptr<KerasNode>> calls;  // in the order they were made: an input before its use
};

// `config`: "layers", "input_layers" and "output_layers" in any dialect. Throws ValueError.
ReadGraph read_graph(const Config& config);

}  // namespace hornbeam
