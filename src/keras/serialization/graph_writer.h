// The graph of a functional model in its config: inbound_nodes, input_layers, output_layers, as a Keras spells them.
#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "hornbeam/model.hpp"
#include "keras/engine/keras_tensor.h"
#include "keras/serialization/dialect_tables.h"

namespace hornbeam {

class GraphWriter {
 public:
  GraphWriter(const FunctionalModel& model, Target target, FunctionalModel::Extent extent);

  // One node per call of this layer in the model, in the order of the calls.
  Config inbound(const Layer& layer) const;
  // Of the model's symbolic inputs or outputs. `like`: what a config said before, whose order of keys is kept.
  Config ends(const Values& values, const Config& like) const;

 private:
  Config node(const KerasNode& node) const;
  Config keras3_node(const KerasNode& node) const;
  Config keras3_argument(const Values& values, DType beside) const;
  Config reference(const Tensor& tensor, std::int64_t offset) const;

  Target target_;
  std::unordered_map<const KerasNode*, std::int64_t> number_;  // counting this model's calls only
  std::unordered_map<const Layer*, std::vector<std::shared_ptr<KerasNode>>> nodes_;
};

// Is a nested model's own creation its node 0? (tf.keras counts it where the model had its graph before the calls.)
bool counts_creation(const Layer& layer, Target target);

}  // namespace hornbeam
