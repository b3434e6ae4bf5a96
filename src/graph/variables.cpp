#include "graph/variables.h"

#include "graph/tracer.h"

namespace hornbeam::graph {

std::vector<Tensor> update_variables(std::string_view op, std::span<const Variable> variables,
                                     std::span<const Tensor> inputs, Attrs attrs) {
  auto* tracer = dynamic_cast<Tracer*>(current_recorder());
  if (!tracer) throw RuntimeError(std::string(op) + " writes variables: it works inside a traced function only");
  return tracer->update(get_op(op), variables, inputs, std::move(attrs));
}

void assign(const Variable& variable, const Tensor& value) {
  if (auto* tracer = dynamic_cast<Tracer*>(current_recorder())) {
    tracer->assign(variable, value);
  } else {
    variable->assign(value);
  }
}

}  // namespace hornbeam::graph
