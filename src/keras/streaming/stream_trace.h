// One step of a functional graph, traced: each layer is called on sequences of one step.
#pragma once

#include <vector>

#include "hornbeam/model.hpp"
#include "keras/streaming/stream_scope.h"

namespace hornbeam {

class StreamTrace {
 public:
  explicit StreamTrace(StreamStates& states) : states_(states) {}

  // Tensors, and for each whether it is a sequence (has the time as dim 1) or stands for the whole of one.
  struct Traced {
    Values values;
    std::vector<bool> sequence;
  };
  // Throws ValueError naming the first layer that cannot be streamed, and why.
  Traced run(const Model& model, const Traced& inputs);

 private:
  class Graph;
  StreamStates& states_;
};

}  // namespace hornbeam
