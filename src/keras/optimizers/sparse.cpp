#include "keras/optimizers/sparse.h"

#include <algorithm>
#include <array>

#include "graph/tracer.h"
#include "graph/variables.h"
#include "hornbeam/ops.hpp"

namespace hornbeam {
namespace {

// What clipping and scaling make of a gradient: its first input is the gradient.
constexpr std::array kPassedThrough = {"Mul", "RealDiv", "Minimum", "Maximum", "Cast", "Identity", "Reshape"};

using Change = std::function<Tensor(const Tensor&)>;

class Search {
 public:
  // `in_all`: sums are numbers, over all picks.
  Search(graph::Tracer& tracer, const Shape& variable, bool in_all = false)
      : tracer_(tracer), variable_(variable), in_all_(in_all) {}

  Tensor rows(graph::Output output) const {
    const auto& graph = tracer_.function().graph;
    const auto* node = &graph[output];
    while (std::ranges::find(kPassedThrough, node->op->name) != kPassedThrough.end()) node = &graph[node->inputs[0]];
    // A row is picked when one of several picks has it.
    if (is_sum(*node)) {
      const auto part = [this](graph::Output one) { return rows(one); };
      return of_parts(*node, part, [](const Tensor& x, const Tensor& y) { return ops::logical_or(x, y); });
    }
    if (!is_picked(*node)) return {};
    const auto ids = tracer_.tensor(node->inputs[1]), rows = tracer_.tensor(node->inputs[2]);
    const auto counts = call_op1("UnsortedSegmentSum", {ops::ones_like(ids), ids, rows});
    return ops::greater(counts, 0);
  }

  // The sums of what `of` makes of every pick, once it was divided by a loss scale.
  Tensor sums(graph::Output output, const Change& of, const Tensor& scale = {}) const {
    const auto& node = tracer_.function().graph[output];
    if (node.op->name == "RealDiv" && !scale.defined()) {
      const auto divided = node.inputs[0];
      const auto by = tracer_.tensor(node.inputs[1]);
      return by.shape().has_rank() && by.rank() == 0 ? sums(divided, of, by) : Tensor();
    }
    if (is_sum(node)) {
      const auto part = [&](graph::Output one) { return sums(one, of, scale); };
      return of_parts(node, part, [](const Tensor& x, const Tensor& y) { return x + y; });
    }
    if (!is_picked(node)) return {};
    const auto values = tracer_.tensor(node.inputs[0]), ids = tracer_.tensor(node.inputs[1]),
               rows = tracer_.tensor(node.inputs[2]);
    const auto made = of(scale.defined() ? values / scale : values);
    return in_all_ ? ops::reduce_sum(made) : call_op1("UnsortedSegmentSum", {made, ids, rows});
  }

 private:
  static bool is_sum(const graph::Node& node) { return node.op->name == "AddN" || node.op->name == "AddV2"; }
  bool is_picked(const graph::Node& node) const {
    return node.op->name == "UnsortedSegmentSum" && node.outputs[0].shape == variable_;
  }

  // One dense part makes the sum dense.
  template <class Find, class Join>
  static Tensor of_parts(const graph::Node& node, Find&& find, Join&& join) {
    Tensor all;
    const auto inputs = node.inputs;  // calls append nodes
    for (const auto& input : inputs) {
      const auto one = find(input);
      if (!one.defined()) return {};
      all = all.defined() ? join(all, one) : one;
    }
    return all;
  }

  graph::Tracer& tracer_;
  const Shape& variable_;
  bool in_all_;
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

namespace {
Tensor sums_of(const Tensor& gradient, const Shape& variable, const Change& change, bool in_all) {
  auto* tracer = dynamic_cast<graph::Tracer*>(gradient.recorder());
  if (!tracer || variable.rank() == 0) return {};
  return Search(*tracer, variable, in_all)
      .sums(static_cast<const graph::TracedTensor&>(*gradient.impl()).output, change);
}
}  // namespace

Tensor map_picks(const Tensor& gradient, const Shape& variable, const std::function<Tensor(const Tensor&)>& change) {
  return sums_of(gradient, variable, change, false);
}

Tensor sum_of_squares(const Tensor& gradient) {
  const auto square = [](const Tensor& x) { return ops::square(x); };
  const auto of_picks = sums_of(gradient, gradient.shape(), square, true);
  return of_picks.defined() ? of_picks : ops::reduce_sum(ops::square(gradient));
}

void assign_rows(const Tensor& picked, const Variable& variable, const Tensor& value) {
  graph::assign(variable, picked.defined() ? ops::where(picked, value, ops::read(variable)) : value);
}

Tensor picked_squares(const Tensor& gradient, const Shape& variable) {
  return map_picks(gradient, variable, [](const Tensor& x) { return ops::square(x); });
}

Tensor picked_magnitudes(const Tensor& gradient, const Shape& variable) {
  return map_picks(gradient, variable, [](const Tensor& x) { return ops::abs(x); });
}

Tensor squared(const Tensor& gradient, const Shape& variable) {
  const auto squares = picked_squares(gradient, variable);
  return squares.defined() ? squares : ops::square(gradient);
}

}  // namespace hornbeam
