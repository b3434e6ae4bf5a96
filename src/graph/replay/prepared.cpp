#include "graph/replay/prepared.h"

#include <algorithm>
#include <charconv>
#include <set>
#include <type_traits>
#include <unordered_map>

#include "hornbeam/errors.hpp"

namespace hornbeam::graph {
namespace {

using formats::saved_model::FunctionDef;
using formats::saved_model::NodeDef;

// Outputs of ops that the registry has not, because they are not called: name and whether there may be several.
struct NamedOp {
  const char* op;
  std::vector<const char*> outputs;
};
const std::vector<NamedOp>& named_ops() {
  static const std::vector<NamedOp> ops = {{"NoOp", {}},
                                           {"DisableCopyOnRead", {}},
                                           {"ResourceGather", {"output"}},
                                           {"AssignVariableOp", {}},
                                           {"AssignAddVariableOp", {}},
                                           {"AssignSubVariableOp", {}},
                                           {"VarIsInitializedOp", {"is_initialized"}},
                                           {"InitializeTableFromTextFileV2", {}},
                                           {"RestoreV2", {}},
                                           {"Switch", {"output_false", "output_true"}},
                                           {"Merge", {"output", "value_index"}}};
  return ops;
}

class Preparation {
 public:
  Preparation(const FunctionDef& function, const std::string& file) : function_(function), file_(file) {
    for (std::size_t i = 0; i < function.inputs.size(); ++i) arguments_.emplace(function.inputs[i].name, i);
    for (std::size_t i = 0; i < function.nodes.size(); ++i) {
      if (nodes_.emplace(function.nodes[i].name, i).second) continue;
      fail("node '" + function.nodes[i].name + "' is a duplicate: two nodes have this name");
    }
    states_.resize(function.nodes.size(), State::untouched);
    step_of_.resize(function.nodes.size(), 0);
  }

  void run(PreparedFunction& out);

 private:
  enum class State : std::uint8_t { untouched, open, done };
  struct Place {
    std::string node, output;
    std::size_t index = 0;
  };

  [[noreturn]] void fail(const std::string& what) const {
    throw ValueError(file_ + ": function '" + function_.name + "': " + what);
  }

  // "node:output:index" or "node"; "^node".
  Place place_of(std::string_view input) const {
    if (input.starts_with("^")) input.remove_prefix(1);
    Place place;
    const auto colon = input.find(':');
    place.node = std::string(input.substr(0, colon));
    if (colon == input.npos) return place;
    const auto rest = input.substr(colon + 1);
    const auto second = rest.find(':');
    const auto number = second == rest.npos ? rest : rest.substr(second + 1);
    if (second != rest.npos) place.output = std::string(rest.substr(0, second));
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), place.index);
    if (error != std::errc() || end != number.data() + number.size()) {
      fail("'" + std::string(input) + "' names no output");
    }
    return place;
  }

  std::size_t node_named(const std::string& name, const std::string& user) const {
    const auto it = nodes_.find(name);
    if (it == nodes_.end()) fail("'" + user + "' takes what '" + name + "' gives, which is not there");
    return it->second;
  }

  std::size_t value_of(const std::string& input, const std::string& user, const PreparedFunction& out) const;
  void visit(std::size_t root, PreparedFunction& out);
  void add_step(std::size_t id, PreparedFunction& out);
  PreparedFunction::Step step_of(const NodeDef& node, const PreparedFunction& out) const;

  const FunctionDef& function_;
  const std::string& file_;
  std::unordered_map<std::string, std::size_t> arguments_, nodes_;
  std::vector<State> states_;
  std::vector<std::size_t> step_of_;
};

// How many tensors an output of the op stands for.
std::size_t width(const ArgDef& output, const Attrs& attrs) {
  if (!output.number_attr.empty())
    return static_cast<std::size_t>(std::max<std::int64_t>(0, attrs.i(output.number_attr)));
  if (!output.list_attr.empty()) return attrs.types(output.list_attr).size();
  return 1;
}

// An empty list is one of integers to the reader of files.
AttrValue typed(const AttrValue& value, const std::string& type) {
  const auto* ints = std::get_if<std::vector<std::int64_t>>(&value);
  if (!ints || !ints->empty()) return value;
  if (type == "list(type)") return std::vector<DType>{};
  if (type == "list(shape)") return std::vector<Shape>{};
  if (type == "list(string)") return std::vector<std::string>{};
  if (type == "list(float)") return std::vector<float>{};
  if (type == "list(bool)") return std::vector<bool>{};
  if (type == "list(func)") return std::vector<FunctionAttr>{};
  return value;
}

Attrs known_attrs(const OpDef& op, const Attrs& given) {
  Attrs attrs;
  for (const auto& def : op.attrs) {
    if (const auto* value = given.find(def.name)) attrs.set(def.name, typed(*value, def.type));
  }
  return attrs;
}

// What a later TensorFlow writes for an attribute that says nothing.
bool says_nothing(const AttrValue& value) {
  return std::visit(
      [](const auto& v) {
        using T = std::decay_t<decltype(v)>;
        if constexpr (std::is_same_v<T, std::monostate>) {
          return true;
        } else if constexpr (std::is_arithmetic_v<T>) {
          return v == T{};
        } else if constexpr (requires { v.empty(); }) {
          return v.empty();
        } else {
          return false;
        }
      },
      value);
}

// An attribute that the op has not here, and that would change what it gives: such as bad_indices_policy of GatherNd.
const std::string* meaningful_unknown(const OpDef& op, const Attrs& given) {
  // Whether an input is to have a gradient, which is asked of the gradient here.
  static const std::set<std::string, std::less<>> harmless = {"grad_a", "grad_b", "grad_x", "grad_y"};
  for (const auto& [name, value] : given) {
    const auto known = [&name = name](const auto& def) { return def.name == name; };
    if (name.starts_with("_") || harmless.contains(name) || std::ranges::any_of(op.attrs, known)) continue;
    if (!says_nothing(value)) return &name;
  }
  return nullptr;
}

std::size_t Preparation::value_of(const std::string& input, const std::string& user,
                                  const PreparedFunction& out) const {
  const auto place = place_of(input);
  if (const auto it = arguments_.find(place.node); it != arguments_.end()) return it->second;
  const auto& step = out.steps.at(step_of_[node_named(place.node, user)]);
  std::size_t offset = 0;
  if (step.op) {
    bool found = place.output.empty();
    for (const auto& output : step.op->outputs) {
      if (output.name == place.output) {
        found = true;
        break;
      }
      if (!place.output.empty()) offset += width(output, step.attrs);
    }
    if (!found) fail("'" + user + "' takes output '" + place.output + "' of '" + place.node + "', which has none such");
  }
  if (place.index >= step.outputs || offset >= step.outputs - place.index) {
    fail("'" + user + "' takes output '" + input + "', which is out of range");
  }
  return step.first_output + offset + place.index;
}

PreparedFunction::Step Preparation::step_of(const NodeDef& node, const PreparedFunction& out) const {
  PreparedFunction::Step step{&node, find_op(node.op), {}, {}, {}, out.values, 0};
  for (const auto& input : node.inputs) {
    if (!input.starts_with("^")) {
      step.inputs.push_back(value_of(input, node.name, out));
    } else if (const auto it = nodes_.find(place_of(input).node); it != nodes_.end()) {
      step.controls.push_back(step_of_[it->second]);
    }
  }
  const auto& named = named_ops();
  const auto it = std::find_if(named.begin(), named.end(), [&](const NamedOp& op) { return node.op == op.op; });
  if (it != named.end()) {
    step.op = nullptr;
    step.attrs = node.attrs;
    step.outputs = it->outputs.size();
    if (node.op == "RestoreV2" && node.attrs.has("dtypes")) step.outputs = node.attrs.types("dtypes").size();
    return step;
  }
  if (!step.op) {
    throw NotImplementedError("not yet supported: op " + (node.op.empty() ? "without a name" : node.op) + " (node '" +
                              node.name + "' of function '" + function_.name + "')");
  }
  if (const auto* unknown = meaningful_unknown(*step.op, node.attrs)) {
    throw NotImplementedError("not yet supported: attribute '" + *unknown + "' of op " + node.op + " (node '" +
                              node.name + "' of function '" + function_.name + "')");
  }
  step.attrs = known_attrs(*step.op, node.attrs);
  try {
    for (const auto& output : step.op->outputs) step.outputs += width(output, step.attrs);
  } catch (const ValueError& error) {
    fail("node '" + node.name + "' (" + node.op + "): " + error.what());
  }
  if (step.outputs > 65536) fail("node '" + node.name + "' has " + std::to_string(step.outputs) + " outputs");
  return step;
}

void Preparation::add_step(std::size_t id, PreparedFunction& out) {
  auto step = step_of(function_.nodes[id], out);
  out.values += step.outputs;
  out.switches = out.switches || step.node->op == "Switch";
  step_of_[id] = out.steps.size();
  out.steps.push_back(std::move(step));
  states_[id] = State::done;
}

// Depth first with a stack of its own: chains may be long.
void Preparation::visit(std::size_t root, PreparedFunction& out) {
  std::vector<std::pair<std::size_t, std::size_t>> stack{{root, 0}};  // node, its next input
  if (states_[root] == State::done) return;
  states_[root] = State::open;
  while (!stack.empty()) {
    auto& [id, next] = stack.back();
    const auto& node = function_.nodes[id];
    if (next == node.inputs.size()) {
      add_step(id, out);
      stack.pop_back();
      continue;
    }
    const auto place = place_of(node.inputs[next++]);
    if (arguments_.contains(place.node)) continue;
    const auto input = node_named(place.node, node.name);
    if (states_[input] == State::open)
      fail("a cycle: node '" + node.name + "' needs '" + place.node + "', which needs it");
    if (states_[input] == State::done) continue;
    states_[input] = State::open;
    stack.emplace_back(input, 0);
  }
}

void Preparation::run(PreparedFunction& out) {
  out.arguments = out.values = function_.inputs.size();
  std::vector<std::string> results;
  for (const auto& output : function_.outputs) {
    const auto it = std::find_if(function_.ret.begin(), function_.ret.end(),
                                 [&](const auto& entry) { return entry.first == output.name; });
    if (it == function_.ret.end()) fail("ret says nothing of output '" + output.name + "'");
    results.push_back(it->second);
  }
  // What is done whoever wants its results comes in the order of the nodes, before the results.
  std::set<std::size_t> effects;
  for (const auto& [name, node] : function_.control_ret) effects.insert(node_named(node, "control output " + name));
  for (const auto id : effects) visit(id, out);
  for (const auto& result : results) {
    const auto place = place_of(result);
    if (!arguments_.contains(place.node)) visit(node_named(place.node, "a result"), out);
  }
  for (const auto& result : results) out.results.push_back(value_of(result, "a result", out));
}

}  // namespace

PreparedFunction::PreparedFunction(const FunctionDef& function, const std::string& file) {
  Preparation(function, file).run(*this);
}

}  // namespace hornbeam::graph
