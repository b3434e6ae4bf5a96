#include "graph/executor/propagate.h"

#include <algorithm>

#include "base/checked_math.h"
#include "base/memory_limit.h"
#include "graph/executor/propagate_calls.h"
#include "graph/passes/passes.h"
#include "hornbeam/errors.hpp"
#include "ops/tensor_list.h"

namespace hornbeam::graph {
namespace {

// A value that follows from the shapes is kept with the plan; a bigger one is computed in each run.
constexpr std::size_t kBiggestKnown = std::size_t{1} << 20;

bool needs_shape_only(const OpDef& op) {
  return op.name == "Shape" || op.name == "Size" || op.name == "Rank" || op.name == "ShapeN";
}

// Sizes follow from the model and the input: one that no machine holds is said with the op that asks for it.
void check_size(const Node& node, const Shape& shape, DType dtype) {
  const auto bytes = base::checked_mul(static_cast<std::size_t>(shape.num_elements()), size_of(dtype));
  if (bytes && *bytes <= base::physical_memory()) return;
  throw ValueError("out of memory: " + node.op->name + " gives " + std::string(name_of(dtype)) + " of shape " +
                   shape.to_string() + ", which is bigger than this machine's memory of " +
                   std::to_string(base::physical_memory()) + " bytes");
}

// The gradients of sums of two values of one shape are reduced over the axes that one of them was broadcast along:
// none.
bool reduces_nothing(const Node& node, const std::vector<Tensor>& values) {
  const auto& name = node.op->name;
  const bool reduction = name == "Sum" || name == "Mean" || name == "Max" || name == "Min" || name == "Prod";
  return reduction && values[1].defined() && values[1].num_elements() == 0;
}

class Propagation {
 public:
  Propagation(const Program& program, std::span<const ArgumentFacts> arguments) : p_(program), arguments_(arguments) {
    const auto n = p_.function.graph.size();
    facts_.specs.resize(p_.num_values());
    facts_.known.resize(p_.num_values());
    facts_.lists.resize(p_.num_values());
    facts_.nested.resize(n);
    facts_.is_stable.resize(n);
    facts_.is_step.resize(n);
    facts_.is_view.resize(n);
    of_variable_.resize(n);
  }

  std::optional<Facts> run() {
    for (std::size_t i = 0; i < p_.function.graph.size(); ++i) {
      if (!visit(i)) return std::nullopt;
    }
    drop_unneeded();
    return plannable() ? std::optional(std::move(facts_)) : std::nullopt;
  }

 private:
  const Node& node(std::size_t i) const { return p_.function.graph.nodes[i]; }

  bool visit(std::size_t i) {
    const auto& n = node(i);
    const auto at = p_.first_value[i];
    if (p_.argument_of[i] >= 0) {
      const auto& argument = arguments_[static_cast<std::size_t>(p_.argument_of[i])];
      facts_.specs[at] = {n.outputs[0].dtype, argument.shape};
      facts_.known[at] = argument.known;
      facts_.lists[at] = argument.list;
      facts_.is_stable[i] = argument.is_stable;
      return true;
    }
    if (p_.capture_of[i] >= 0) {
      const auto& variable = *p_.function.captures[static_cast<std::size_t>(p_.capture_of[i])];
      facts_.specs[at] = {variable.dtype(), variable.shape()};
      return true;
    }
    if (n.op->name == "Const") {
      const auto& value = n.attrs.tensor("value");
      facts_.specs[at] = {value.dtype(), value.shape()};
      facts_.known[at] = value;
      return true;
    }
    if (const auto* variable = p_.read_by(i)) {
      facts_.specs[at] = {(*variable)->dtype(), (*variable)->shape()};
      facts_.is_stable[i] = p_.stable[i];
      of_variable_[i] = true;
      return true;
    }
    return p_.calls[i] ? visit_call(i) : visit_op(i);
  }

  bool visit_call(std::size_t i) {
    const auto& call = *p_.calls[i];
    std::vector<ArgumentFacts> arguments;
    for (const auto k : call.passed) {
      const auto input = call.node.inputs[k];
      const auto v = p_.value_of(input);
      const bool stable = facts_.known[v].defined() || facts_.is_stable[static_cast<std::size_t>(input.node)];
      arguments.push_back({facts_.specs[v].shape, facts_.known[v], stable, facts_.list(v)});
    }
    auto outcome = propagate_call(call, std::move(arguments));
    if (!outcome) return false;
    const auto at = p_.first_value[i];
    for (std::size_t k = 0; k < outcome->results.size(); ++k) {
      facts_.specs[at + k] = std::move(outcome->results[k]);
      facts_.lists[at + k] = std::move(outcome->lists[k]);
      check_size(node(i), facts_.specs[at + k].shape, facts_.specs[at + k].dtype);
    }
    facts_.nested[i] = std::move(outcome->facts);
    facts_.is_step[i] = true;
    return true;
  }

  bool visit_op(std::size_t i) {
    const auto& n = node(i);
    const auto at = p_.first_value[i];
    std::vector<TensorSpec> specs;
    std::vector<Tensor> values;
    std::vector<std::shared_ptr<const ListFacts>> lists;
    bool all_known = true, all_stable = true;
    for (const auto& input : n.inputs) {
      const auto v = p_.value_of(input);
      specs.push_back(facts_.specs[v]);
      values.push_back(facts_.known[v]);
      lists.push_back(facts_.lists[v]);
      all_known &= values.back().defined();
      all_stable &= values.back().defined() || facts_.is_stable[static_cast<std::size_t>(input.node)];
    }
    const bool pure = is_pure(n, p_.writes_variables);
    if (pure && needs_shape_only(*n.op)) {
      for (std::size_t k = 0; k < values.size(); ++k) {
        if (!values[k].defined()) values[k] = Tensor::borrow(specs[k].dtype, specs[k].shape, nullptr);
      }
      return keep(at, run_op(*n.op, n.attrs, values));
    }
    if (pure && all_known && n.op->dynamic_fn) return keep(at, run_op(*n.op, n.attrs, values));
    if (n.op->dynamic_fn || !n.op->shape_fn) return false;
    ShapeContext context(n.attrs, specs, values);
    context.set_lists(lists);
    const auto shapes = n.op->shape_fn(context);
    std::size_t bytes = 0;
    for (std::size_t k = 0; k < n.outputs.size(); ++k) {
      if (!shapes.at(k).is_fully_known()) return false;
      facts_.specs[at + k] = {n.outputs[k].dtype, shapes[k]};
      check_size(n, shapes[k], n.outputs[k].dtype);
      bytes += static_cast<std::size_t>(shapes[k].num_elements()) * size_of(n.outputs[k].dtype);
    }
    if (pure && all_known && bytes <= kBiggestKnown) return keep(at, run_op(*n.op, n.attrs, values));
    if (n.op->list_fn && n.outputs[0].dtype == DType::variant) {
      facts_.lists[at] = std::make_shared<const ListFacts>(n.op->list_fn(context));
    } else if (n.op->is_alias) {
      facts_.lists[at] = lists[0];
    }
    // Big values that depend on constants alone are worth keeping; those that depend on the input's shape are not.
    facts_.is_stable[i] = pure && all_stable && (!all_known || p_.stable[i]);
    facts_.is_step[i] = !facts_.is_stable[i];
    if (!n.inputs.empty()) {
      // What may change under a view is seen to by the ops' aliases alone.
      const bool of_variable = of_variable_[static_cast<std::size_t>(n.inputs[0].node)];
      facts_.is_view[i] = n.op->is_alias || (!of_variable && reduces_nothing(n, values));
      of_variable_[i] = of_variable && facts_.is_view[i];
    }
    return true;
  }

  bool keep(std::size_t at, std::vector<Tensor> values) {
    for (auto& value : values) {
      facts_.specs[at] = {value.dtype(), value.shape()};
      facts_.known[at++] = std::move(value);
    }
    return true;
  }

  // What fed only shapes is not computed.
  void drop_unneeded() {
    const auto n = p_.function.graph.size();
    std::vector<bool> needed(n);
    const auto need = [&](Output o) {
      if (!facts_.known[p_.value_of(o)].defined()) needed[static_cast<std::size_t>(o.node)] = true;
    };
    for (const auto& result : p_.function.results) need(result);
    for (std::size_t i = n; i-- > 0;) {
      if (facts_.is_step[i] && !is_pure(node(i), p_.writes_variables)) needed[i] = true;
      if (!needed[i]) continue;
      for (const auto& input : node(i).inputs) need(input);
    }
    for (std::size_t i = 0; i < n; ++i) {
      if (needed[i]) continue;
      facts_.is_step[i] = false;
      facts_.is_stable[i] = false;
    }
  }

  bool plannable() const {
    const auto fits = [&](Output o) {
      const auto& spec = facts_.specs[p_.value_of(o)];
      return spec.dtype != DType::string && (spec.dtype != DType::variant || spec.shape.num_elements() == 1);
    };
    // A value that is there before the run may be of any kind: the text of an Assert.
    const auto known_or_fits = [&](Output o) { return facts_.known[p_.value_of(o)].defined() || fits(o); };
    const auto& f = p_.function;
    if (!std::all_of(f.results.begin(), f.results.end(), fits)) return false;
    for (std::size_t i = 0; i < f.graph.size(); ++i) {
      if (!facts_.is_step[i] && !facts_.is_stable[i]) continue;
      const auto& inputs = node(i).inputs;
      if (!std::all_of(inputs.begin(), inputs.end(), known_or_fits)) return false;
      for (std::size_t k = 0; k < node(i).outputs.size(); ++k) {
        if (!fits({static_cast<std::int32_t>(i), static_cast<std::int32_t>(k)})) return false;
      }
    }
    return true;
  }

  const Program& p_;
  std::span<const ArgumentFacts> arguments_;
  Facts facts_;
  std::vector<bool> of_variable_;  // per node: shows a variable's own memory
};

}  // namespace

std::shared_ptr<const ListFacts> Facts::list(std::size_t value) const {
  const auto* list = known[value].defined() ? list_of(&known[value]) : nullptr;
  return list ? std::make_shared<const ListFacts>(facts_of(*list)) : lists[value];
}

std::optional<Facts> propagate(const Program& program, std::span<const ArgumentFacts> arguments) {
  if (program.always_interpreted) return std::nullopt;
  return Propagation(program, arguments).run();
}

std::optional<Facts> propagate(const Program& program, std::span<const Shape> input_shapes) {
  std::vector<ArgumentFacts> arguments;
  for (const auto& shape : input_shapes) arguments.push_back({shape});
  return propagate(program, arguments);
}

}  // namespace hornbeam::graph
