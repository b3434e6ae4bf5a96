// Tracing the functions that an op calls: the branches of an If, the condition and the body of a While.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "graph/callee.h"
#include "graph/tracer.h"

namespace hornbeam::graph {

struct CalledTrace {
  Function function;             // arguments: those given, then one for each of `captured`
  std::vector<Tensor> captured;  // tensors of the outer function, and resources
  std::vector<Variable> written;
};

// The tracer to append such an op to: the one at work, or that of the tensor; null when it is to be run now. Throws
// NotImplementedError naming `what` for symbolic Keras tensors.
std::shared_ptr<Tracer> tracer_for(std::span<const Tensor> tensors, const char* what);

// `changing`: variables that change between runs of the function, though it does not write them itself.
CalledTrace trace_called(std::string name, const std::shared_ptr<Tracer>& outer, std::span<const TensorSpec> arguments,
                         const TraceBody& body, std::span<const Variable> changing = {});

// Gives the functions the same arguments: after `own` of them what any one captured. Returns that.
std::vector<Tensor> align_captures(std::span<CalledTrace> traces, std::size_t own);

FunctionAttr function_attr(Function function);
// "If" when a function has stateful ops, else "StatelessIf".
std::string stateless_or_not(const std::string& op, std::span<const FunctionAttr> functions);

}  // namespace hornbeam::graph
