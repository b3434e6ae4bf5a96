// The nodes of a function being traced as calls that can be differentiated, with one tensor for each of their outputs.
#pragma once

#include <optional>
#include <vector>

#include "graph/tracer.h"
#include "hornbeam/gradient_tape.hpp"
#include "ops/autodiff/backprop.h"

namespace hornbeam::graph {

class TracedCalls {
 public:
  // Those that the targets depend on.
  TracedCalls(Tracer& tracer, const std::vector<Tensor>& targets);

  std::vector<const autodiff::Call*> order() const;
  // What stands for the tensor in the calls.
  Tensor canonical(const Tensor& t);
  std::vector<Tensor> stand_ins(const GradientSource& source);

 private:
  std::optional<Output> output_of(const Tensor& t) const;
  Tensor value(Output o);

  Tracer& tracer_;
  std::vector<std::vector<Tensor>> values_;
  std::vector<autodiff::Call> calls_;
};

}  // namespace hornbeam::graph
