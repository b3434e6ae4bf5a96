// Weights and optimizer state in Keras's v3 layout.
#pragma once

#include <string>
#include <unordered_set>

#include "formats/hdf5/writer.h"
#include "hornbeam/npy.hpp"
#include "hornbeam/saving.hpp"
#include "hornbeam/target.hpp"

namespace hornbeam {

// An optimizer's variables, in their order; empty when there is none to save.
struct OptimizerState {
  std::string name;
  NamedTensors variables;
  // Those of what it wraps, which are written once more: where, below the optimizer's own ("inner_optimizer").
  std::vector<std::pair<std::string, OptimizerState>> inner = {};
};

struct WhichLayers {
  Target target;  // keras3 or tf215
  std::unordered_set<const Layer*> left_out;
  std::unordered_set<const Layer*> copied;  // written wherever they stand
};
// The groups of everything the model is made of, and that of the optimizer when it has variables. Throws TypeError on
// weights of a dtype that the target's files cannot hold.
void write_v3_weights(formats::hdf5::Writer& writer, const Model& model, const WhichLayers& which,
                      const OptimizerState& optimizer, SaveReport& report);

}  // namespace hornbeam
