#include <algorithm>
#include <map>
#include <optional>

#include "graph/callee.h"
#include "graph/passes/passes.h"

namespace hornbeam::graph {
namespace {

// Small graphs may stand for more nodes than any machine holds.
constexpr std::size_t kMostNodes = std::size_t{1} << 19;

// The function that is called whatever the inputs are; null when it depends on them.
const Callee* certain_callee(const Graph& graph, const Node& node) {
  if (node.op->calls == CallKind::once) return callees_of(node)[0];
  if (node.op->calls != CallKind::branches) return nullptr;
  const auto* selector = constant_value(graph, node.inputs[0]);
  if (!selector) return nullptr;
  const auto callees = callees_of(node);
  return callees[chosen_branch(node.attrs, *selector, callees.size())];
}

class Inliner {
 public:
  explicit Inliner(Function& function) : f_(function) {}

  void run() {
    std::vector<std::optional<Output>> none(f_.graph.size());
    const auto values = append(f_.graph, none, "");
    const auto renamed = [&](std::int32_t id) { return values[static_cast<std::size_t>(id)].at(0).node; };
    for (auto& id : f_.arguments) id = renamed(id);
    for (auto& id : f_.capture_nodes) id = renamed(id);
    for (auto& result : f_.results) result = at(values, result);
    f_.graph = std::move(graph_);
  }

 private:
  using Values = std::vector<std::vector<Output>>;  // per node, per output

  static Output at(const Values& values, Output o) {
    return values[static_cast<std::size_t>(o.node)].at(static_cast<std::size_t>(o.index));
  }

  // Appends the nodes of `from`; those of which `given` says a value are that value.
  Values append(const Graph& from, const std::vector<std::optional<Output>>& given, const std::string& prefix) {
    Values values(from.size());
    for (std::size_t i = 0; i < from.size(); ++i) {
      if (given[i]) {
        values[i] = {*given[i]};
        continue;
      }
      Node node = from.nodes[i];
      for (auto& input : node.inputs) input = at(values, input);
      node.name = prefix + node.name;
      const auto* callee = certain_callee(graph_, node);
      if (callee) {
        values[i] = call(*callee->function(), node);
        continue;
      }
      if (graph_.size() >= kMostNodes) {
        throw ValueError("Function '" + f_.name + "': with the functions it calls it has more than " +
                         std::to_string(kMostNodes) + " nodes");
      }
      if (node.op->name == "ReadVariableOp") note_variable(node);
      const auto id = static_cast<std::int32_t>(graph_.size());
      for (std::int32_t k = 0; k < static_cast<std::int32_t>(node.outputs.size()); ++k) values[i].push_back({id, k});
      if (&from == &f_.graph) note_capture(static_cast<std::int32_t>(i), id);
      graph_.nodes.push_back(std::move(node));
    }
    return values;
  }

  std::vector<Output> call(const Function& function, const Node& node) {
    const auto first = selectors(*node.op);
    if (node.inputs.size() != function.arguments.size() + first || node.outputs.size() != function.results.size()) {
      throw InvalidArgumentError("node '" + node.name + "': function '" + function.name +
                                 "' does not take or give as many tensors as the node");
    }
    std::vector<std::optional<Output>> given(function.graph.size());
    for (std::size_t k = 0; k < function.arguments.size(); ++k) {
      const auto input = node.inputs[first + k];
      if (graph_.spec(input).dtype != function.argument_spec(k).dtype) {
        throw InvalidArgumentError("node '" + node.name + "': argument " + std::to_string(k) + " of function '" +
                                   function.name + "' has another dtype");
      }
      given[static_cast<std::size_t>(function.arguments[k])] = input;
    }
    const auto values = append(function.graph, given, node.name + "/");
    std::vector<Output> results;
    for (const auto& result : function.results) results.push_back(at(values, result));
    return results;
  }

  void note_capture(std::int32_t from, std::int32_t to) {
    for (std::size_t c = 0; c < f_.captures.size(); ++c) {
      if (f_.capture_nodes[c] == from) variables_.emplace(to, f_.captures[c]);
    }
  }

  // A loaded function learns what variable it reads only when it is called.
  void note_variable(Node& read) const {
    const auto variable = variables_.find(read.inputs.at(0).node);
    if (variable == variables_.end()) return;
    read.outputs = {{variable->second->dtype(), variable->second->shape()}};
  }

  Function& f_;
  Graph graph_;
  std::map<std::int32_t, Variable> variables_;  // by the nodes they enter by
};

}  // namespace

void inline_calls(Function& function) {
  const auto& graph = function.graph;
  const bool any = std::any_of(graph.nodes.begin(), graph.nodes.end(), [&](const Node& node) {
    return node.op->calls != CallKind::none && certain_callee(graph, node);
  });
  if (any) Inliner(function).run();
}

}  // namespace hornbeam::graph
