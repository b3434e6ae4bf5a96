// Functions that nodes call, fitted to the node: results nobody uses and loop variables that only serve themselves go,
// what does not change in a loop is not handed round, and constants and reads of variables move in.
#include <algorithm>

#include "graph/callee.h"
#include "graph/passes/passes.h"

namespace hornbeam::graph {
namespace {

// Looks through Identity.
Output forwarded(const Graph& graph, Output o) {
  while (graph[o].op->name == "Identity") o = graph[o].inputs[0];
  return o;
}

// Per node: do these outputs, or what the function does besides computing, depend on it?
std::vector<bool> needed_nodes(const Function& f, std::span<const Output> outputs) {
  const bool writes = writes_variables(f);
  std::vector<bool> needed(f.graph.size());
  for (const auto& output : outputs) needed[static_cast<std::size_t>(output.node)] = true;
  for (std::size_t i = f.graph.size(); i-- > 0;) {
    const auto& node = f.graph.nodes[i];
    const bool stateful = node.op->is_stateful || node.op->calls != CallKind::none;
    if (stateful && node.op->name != "_Arg" && !is_pure(node, writes)) needed[i] = true;
    if (!needed[i]) continue;
    for (const auto& input : node.inputs) needed[static_cast<std::size_t>(input.node)] = true;
  }
  return needed;
}

bool is_needed(const Function& f, const std::vector<bool>& needed, std::size_t argument) {
  return needed[static_cast<std::size_t>(f.arguments[argument])];
}

class CallPass {
 public:
  explicit CallPass(Function& function) : f_(function), written_(written_captures(function)) {
    for (const auto& node : f_.graph.nodes) {
      for (const auto& input : node.inputs) use(input);
    }
    for (const auto& result : f_.results) use(result);
  }

  void run() {
    for (std::size_t i = f_.graph.size(); i-- > 0;) {
      const auto kind = f_.graph.nodes[i].op->calls;
      if (kind == CallKind::none || kind == CallKind::once) continue;
      id_ = static_cast<std::int32_t>(i);
      functions_.clear();
      for (const auto* callee : callees_of(f_.graph.nodes[i])) functions_.push_back(*callee->function());
      check_signatures(kind);
      if (kind == CallKind::loop) {
        loop();
      } else {
        branches();
      }
      finish(kind);
    }
    drop_dead(f_);
  }

 private:
  Node& node() { return f_.graph.nodes[static_cast<std::size_t>(id_)]; }
  std::size_t skipped() { return selectors(*node().op); }
  int& uses(Output o) { return uses_[static_cast<std::int64_t>(o.node) << 32 | o.index]; }
  void use(Output o) { ++uses(o); }
  Output output(std::size_t k) const { return {id_, static_cast<std::int32_t>(k)}; }

  // What stood for output k of the node is now to[k].
  void replace_outputs(const std::vector<Output>& to) {
    const auto replace = [&](Output& o) {
      if (o.node == id_) o = to[static_cast<std::size_t>(o.index)];
    };
    for (auto& other : f_.graph.nodes) {
      for (auto& input : other.inputs) replace(input);
    }
    for (auto& result : f_.results) replace(result);
  }

  void check_signatures(CallKind kind) {
    const auto dtypes = [&](const std::vector<Output>& outputs, const Graph& graph) {
      std::vector<DType> all;
      for (const auto& o : outputs) all.push_back(graph.spec(o).dtype);
      return all;
    };
    auto given = dtypes(node().inputs, f_.graph);
    given.erase(given.begin(), given.begin() + static_cast<std::ptrdiff_t>(skipped()));
    std::vector<DType> wanted;
    for (const auto& spec : node().outputs) wanted.push_back(spec.dtype);
    for (std::size_t k = 0; k < functions_.size(); ++k) {
      const auto& f = functions_[k];
      std::vector<DType> takes;
      for (std::size_t i = 0; i < f.arguments.size(); ++i) takes.push_back(f.argument_spec(i).dtype);
      const bool condition = kind == CallKind::loop && k == 0;
      const bool gives = condition ? f.results.size() == 1 : dtypes(f.results, f.graph) == wanted;
      if (takes == given && gives) continue;
      throw InvalidArgumentError("node '" + node().name + "': function '" + f.name +
                                 "' does not take or give the tensors that the node does");
    }
  }

  void branches() {
    std::vector<TensorSpec> outputs;
    std::vector<Output> to(node().outputs.size());
    std::vector<std::size_t> kept;
    for (std::size_t k = 0; k < to.size(); ++k) {
      if (uses(output(k)) == 0) continue;
      to[k] = output(kept.size());
      kept.push_back(k);
      outputs.push_back(node().outputs[k]);
    }
    replace_outputs(to);
    node().outputs = std::move(outputs);
    for (auto& function : functions_) {
      std::vector<Output> results;
      for (const auto k : kept) results.push_back(function.results[k]);
      function.results = std::move(results);
    }
    keep_needed_inputs();
  }

  void loop() {
    auto& body = functions_[1];
    const auto n = node().inputs.size();
    std::vector<bool> varies(n), live(n);
    for (std::size_t k = 0; k < n; ++k) {
      varies[k] = forwarded(body.graph, body.results[k]) != Output{body.arguments[k], 0};
      live[k] = varies[k] && uses(output(k)) > 0;
      if (varies[k] && node().outputs[k].dtype == DType::resource) {
        throw NotImplementedError("node '" + node().name + "': a loop that changes which variable it uses");
      }
    }
    const auto in_condition = needed_nodes(functions_[0], functions_[0].results);
    std::vector<Output> results;
    for (bool grew = true; grew;) {
      results.clear();
      for (std::size_t k = 0; k < n; ++k) {
        if (live[k]) results.push_back(body.results[k]);
      }
      const auto in_body = needed_nodes(body, results);
      grew = false;
      for (std::size_t k = 0; k < n; ++k) {
        const bool read = is_needed(functions_[0], in_condition, k) || is_needed(body, in_body, k);
        if (!read || live[k] || !varies[k]) continue;
        live[k] = grew = true;
      }
    }
    body.results = std::move(results);
    std::vector<std::int64_t> varying;
    std::vector<TensorSpec> outputs;
    std::vector<Output> to(n);
    for (std::size_t k = 0; k < n; ++k) {
      if (!varies[k]) {
        to[k] = node().inputs[k];
        uses(to[k]) += uses(output(k));
      } else if (live[k]) {
        to[k] = output(varying.size());
        varying.push_back(static_cast<std::int64_t>(k));
        outputs.push_back(node().outputs[k]);
      }
    }
    replace_outputs(to);
    node().outputs = std::move(outputs);
    node().attrs.set(kVarying, std::move(varying));
    keep_needed_inputs();
  }

  // Drops arguments that no function needs, with what the node passes for them. What a loop writes has a place among
  // its inputs, read or not.
  void keep_needed_inputs() {
    const auto first = skipped();
    std::vector<bool> needed(node().inputs.size() - first);
    if (node().attrs.has(kVarying)) {
      for (const auto k : node().attrs.ints(kVarying)) needed[static_cast<std::size_t>(k) - first] = true;
    }
    for (auto& function : functions_) {
      drop_dead(function);
      const auto nodes = needed_nodes(function, function.results);
      for (std::size_t k = 0; k < needed.size(); ++k) needed[k] = needed[k] || is_needed(function, nodes, k);
    }
    for (std::size_t k = 0; k < needed.size(); ++k) {
      if (!needed[k]) --uses(node().inputs[first + k]);
    }
    select_inputs(needed);
    for (auto& function : functions_) {
      std::vector<std::int32_t> arguments;
      for (std::size_t k = 0; k < needed.size(); ++k) {
        if (needed[k]) {
          arguments.push_back(function.arguments[k]);
        } else {
          blank(function, function.arguments[k]);
        }
      }
      function.arguments = std::move(arguments);
    }
  }

  // Keeps these of the inputs that are passed on.
  void select_inputs(const std::vector<bool>& kept) {
    const auto first = skipped();
    std::vector<std::int64_t> varying, renamed;
    std::vector<Output> inputs(node().inputs.begin(), node().inputs.begin() + static_cast<std::ptrdiff_t>(first));
    for (std::size_t k = 0; k < kept.size(); ++k) {
      renamed.push_back(static_cast<std::int64_t>(inputs.size()));
      if (kept[k]) inputs.push_back(node().inputs[first + k]);
    }
    node().inputs = std::move(inputs);
    if (!node().attrs.has(kVarying)) return;
    for (const auto k : node().attrs.ints(kVarying)) varying.push_back(renamed[static_cast<std::size_t>(k)]);
    node().attrs.set(kVarying, std::move(varying));
  }

  static void blank(Function& function, std::int32_t id) {
    auto& argument = function.graph.nodes[static_cast<std::size_t>(id)];
    argument = {&get_op("NoOp"), argument.name, {}, {}, {}};
  }

  // Constants and reads of variables that do not vary move into the functions.
  void finish(CallKind kind) {
    std::vector<bool> varies(node().inputs.size());
    if (kind == CallKind::loop) {
      for (const auto k : node().attrs.ints(kVarying)) varies[static_cast<std::size_t>(k)] = true;
    }
    const auto first = skipped();
    std::vector<Tensor> values(node().inputs.size() - first);
    for (std::size_t k = first; k < node().inputs.size(); ++k) {
      if (varies[k]) continue;
      const auto input = node().inputs[k];
      if (const auto* value = constant_value(f_.graph, input)) {
        values[k - first] = *value;
      } else if (const auto resource = unwritten_variable(input)) {
        for (auto& function : functions_) read_inside(function, k - first);
        node().inputs[k] = *resource;
      }
    }
    for (auto& function : functions_) function = *bind_arguments(function, values);
    std::vector<bool> kept;
    for (const auto& value : values) kept.push_back(!value.defined());
    select_inputs(kept);
    std::vector<FunctionAttr> attrs;
    for (auto& function : functions_) {
      drop_dead(function);
      auto name = function.name;
      attrs.push_back({std::move(name), std::make_shared<const Callee>(std::move(function))});
    }
    auto& to = node().attrs;
    if (kind == CallKind::loop) {
      to.set("cond", attrs[0]);
      to.set("body", attrs[1]);
    } else if (to.has("branches")) {
      to.set("branches", std::move(attrs));
    } else {
      to.set("then_branch", attrs[0]);
      to.set("else_branch", attrs[1]);
    }
  }

  std::optional<Output> unwritten_variable(Output input) {
    const auto& read = f_.graph[forwarded(f_.graph, input)];
    if (read.op->name != "ReadVariableOp") return std::nullopt;
    for (std::size_t c = 0; c < f_.captures.size(); ++c) {
      if (f_.capture_nodes[c] == read.inputs[0].node && !written_[c]) return read.inputs[0];
    }
    return std::nullopt;
  }

  // Argument k, a value, becomes a read of a resource that is passed instead.
  static void read_inside(Function& function, std::size_t k) {
    const auto id = function.arguments[k];
    const auto resource = static_cast<std::int32_t>(function.graph.size());
    function.graph.nodes.push_back({&get_op("_Arg"),
                                    "resource_" + std::to_string(resource),
                                    {{"T", DType::resource}, {"index", static_cast<std::int64_t>(k)}},
                                    {},
                                    {{DType::resource, Shape{}}}});
    function.arguments[k] = resource;
    auto& read = function.graph.nodes[static_cast<std::size_t>(id)];
    read.op = &get_op("ReadVariableOp");
    read.attrs = {{"dtype", read.outputs[0].dtype}};
    read.inputs = {{resource, 0}};
  }

  Function& f_;
  std::vector<bool> written_;
  std::unordered_map<std::int64_t, int> uses_;
  std::int32_t id_ = -1;
  std::vector<Function> functions_;
};

}  // namespace

void fit_calls(Function& function) {
  const auto& nodes = function.graph.nodes;
  if (std::none_of(nodes.begin(), nodes.end(), [](const Node& n) { return n.op->calls != CallKind::none; })) return;
  CallPass(function).run();
}

}  // namespace hornbeam::graph
