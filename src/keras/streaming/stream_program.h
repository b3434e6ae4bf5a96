// One step of a model, compiled.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "graph/executor.h"
#include "hornbeam/model.hpp"
#include "keras/streaming/stream_scope.h"

namespace hornbeam {

struct StreamProgram {
  // Throws ValueError naming the layer that cannot be streamed.
  StreamProgram(const Model& model, std::int64_t batch);

  // The states of a new stream.
  std::vector<Tensor> initial() const;
  // Puts the leaves of x in the order of the inputs, without allocating. Throws ValueError, naming what was expected,
  // when they do not fit.
  void arrange(const Values& x, std::vector<Tensor>& into) const;

  const Model* model;
  std::string model_name;
  std::int64_t batch;
  std::unique_ptr<const graph::Executable> executable;  // of inputs and states: outputs and states
  std::vector<TensorSpec> inputs, outputs;
  std::vector<std::string> keys;  // of the inputs, in dicts
  Values output_structure;

 private:
  void trace();
  std::vector<StreamStates::Initial> initial_;
};

}  // namespace hornbeam
