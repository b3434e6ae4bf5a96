// Writing variables inside a function being traced.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "hornbeam/attrs.hpp"
#include "hornbeam/variable.hpp"

namespace hornbeam::graph {

// Appends op `name`, whose first inputs are the resources of these variables, the rest tensors. Reads that the trace
// makes later see the new values. Throws RuntimeError outside of a trace.
std::vector<Tensor> update_variables(std::string_view op, std::span<const Variable> variables,
                                     std::span<const Tensor> inputs, Attrs attrs = {});

// variable = value. In a trace appends AssignVariableOp, and reads that the trace makes later give `value`; else
// assigns now. Throws ValueError when shapes differ, TypeError when dtypes do.
void assign(const Variable& variable, const Tensor& value);

}  // namespace hornbeam::graph
