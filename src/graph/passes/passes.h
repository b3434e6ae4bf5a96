// Graph-to-graph passes of the executor. Each works on a function's own copy and keeps its meaning: arguments,
// captures, results and the order of stateful ops stay; node ids change. None looks at concrete input shapes.
#pragma once

#include <span>
#include <unordered_map>
#include <vector>

#include "graph/function.h"

namespace hornbeam::graph {

// All passes, in order.
void optimize(Function& function);

// Drops nodes that no result and no stateful op needs (arguments and captures stay), and puts each node before its
// first user: passes may append nodes at the end of the list and leave the rest to this. `order`: of all nodes, when
// they are not to be asked for as they are listed.
void drop_dead(Function& function, std::span<const std::int32_t> order = {});
// Does every node come after its inputs?
bool is_in_order(const Graph& graph);
// Calls of functions (PartitionedCall, an If whose condition is a constant) become the functions' nodes. Throws
// ValueError when these are too many.
void inline_calls(Function& function);
// Functions that If, Case and While call are fitted to the node. Of a loop the node keeps the outputs that vary from
// turn to turn; the attribute kVarying says which inputs they are.
void fit_calls(Function& function);
inline constexpr const char* kVarying = "_varying";
// Uses of Identity and its kin become uses of their input.
void forward_identities(Function& function);
// Shape of an op's result becomes Shape of its input, where the op keeps the shape.
void ask_shapes_early(Function& function);
// AddN of two float32 values becomes AddV2.
void add_pairs(Function& function);
// Nodes whose inputs are all constants become constants, if these are small; so do shapes that are known.
void fold_constants(Function& function);
// Merges nodes that compute the same.
void dedupe(Function& function);

// Recurrent ops leave out what nobody reads: the outputs of all steps, and what only a gradient needs.
void trim_recurrences(Function& function);

// A read shows the variable's memory. Where what was read is used after the variable is written, it is copied before.
// Last of all: nodes are not moved any more.
void copy_overwritten_reads(Function& function);

// Does the function change variables it captured? Then a read is not the same everywhere.
bool writes_variables(const Function& function);
// Per capture: does the function change it?
std::vector<bool> written_captures(const Function& function);
// Does the node change the variable that is its input `input`? (A resource, and not only read.)
bool writes_input(const Graph& graph, const Node& node, std::size_t input);
// Does the node change a variable?
bool writes(const Graph& graph, const Node& node);
// May the node be folded, merged or dropped?
bool is_pure(const Node& node, bool function_writes_variables);
// Per node: its value depends on constants and captured variables alone, and those are not written. In a function that
// writes variables single numbers are not taken for stable: step counters and learning rates change from run to run.
std::vector<bool> stable_nodes(const Function& function);

// New names for outputs, applied to a whole function at once.
class Redirect {
 public:
  void add(Output from, Output to) { to_[key(from)] = to; }
  bool empty() const { return to_.empty(); }
  Output resolve(Output o) const;
  void apply(Function& function) const;

 private:
  static std::int64_t key(Output o) { return static_cast<std::int64_t>(o.node) << 32 | o.index; }
  std::unordered_map<std::int64_t, Output> to_;
};

}  // namespace hornbeam::graph
