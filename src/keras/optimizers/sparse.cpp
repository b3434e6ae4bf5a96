#include "keras/optimizers/sparse.h"

#include <algorithm>
#include <array>

#include "graph/tracer.h"
#include "hornbeam/ops.hpp"

namespace hornbeam {
namespace {

// What clipping and scaling make of a gradient: its first input is the gradient.
constexpr std::array kPassedThrough = {"Mul", "RealDiv", "Minimum", "Maximum", "Cast", "Identity", "Reshape"};

class Search {
 public:
  Search(graph::Tracer& tracer, const Shape& variable) : tracer_(tracer), variable_(variable) {}

  Tensor rows(graph::Output output) const {
    const auto& graph = tracer_.function().graph;
    const auto* node = &graph[output];
    while (std::ranges::find(kPassedThrough, node->op->name) != kPassedThrough.end()) node = &graph[node->inputs[0]];
    // A row is picked when one of several picks has it.
    if (is_sum(*node)) return of_parts(*node, &Search::rows, ops::logical_or);
    if (!is_picked(*node)) return {};
    const auto ids = tracer_.tensor(node->inputs[1]), rows = tracer_.tensor(node->inputs[2]);
    const auto counts = call_op1("UnsortedSegmentSum", {ops::ones_like(ids), ids, rows});
    return ops::greater(counts, 0);
  }

  Tensor squares(graph::Output output) const {
    const auto& node = tracer_.function().graph[output];
    if (is_sum(node)) {
      return of_parts(node, &Search::squares, [](const Tensor& x, const Tensor& y) { return x + y; });
    }
    if (!is_picked(node)) return {};
    const auto values = tracer_.tensor(node.inputs[0]), ids = tracer_.tensor(node.inputs[1]),
               rows = tracer_.tensor(node.inputs[2]);
    return call_op1("UnsortedSegmentSum", {ops::square(values), ids, rows});
  }

 private:
  static bool is_sum(const graph::Node& node) { return node.op->name == "AddN" || node.op->name == "AddV2"; }
  bool is_picked(const graph::Node& node) const {
    return node.op->name == "UnsortedSegmentSum" && node.outputs[0].shape == variable_;
  }

  // One dense part makes the sum dense.
  template <class Join>
  Tensor of_parts(const graph::Node& node, Tensor (Search::*find)(graph::Output) const, Join&& join) const {
    Tensor all;
    const auto inputs = node.inputs;  // calls append nodes
    for (const auto& input : inputs) {
      const auto one = (this->*find)(input);
      if (!one.defined()) return {};
      all = all.defined() ? join(all, one) : one;
    }
    return all;
  }

  graph::Tracer& tracer_;
  const Shape& variable_;
};

}  // namespace

Tensor picked_rows(const Tensor& gradient, const Shape& variable) {
  auto* tracer = dynamic_cast<graph::Tracer*>(gradient.recorder());
  if (!tracer || variable.rank() == 0) return {};
  const auto rows = Search(*tracer, variable).rows(static_cast<const graph::TracedTensor&>(*gradient.impl()).output);
  if (!rows.defined()) return {};
  std::vector<std::int64_t> dims(variable.rank(), 1);
  dims[0] = variable[0];
  return ops::reshape(rows, Shape(dims));
}

Tensor picked_squares(const Tensor& gradient, const Shape& variable) {
  auto* tracer = dynamic_cast<graph::Tracer*>(gradient.recorder());
  if (!tracer || variable.rank() == 0) return {};
  return Search(*tracer, variable).squares(static_cast<const graph::TracedTensor&>(*gradient.impl()).output);
}

}  // namespace hornbeam
