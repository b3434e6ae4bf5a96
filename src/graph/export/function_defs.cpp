#include "graph/export/function_defs.h"

#include <algorithm>

#include "graph/callee.h"
#include "graph/export/lower.h"
#include "graph/export/names.h"
#include "graph/passes/passes.h"

namespace hornbeam::graph {
namespace {

using formats::saved_model::FunctionDef;
using formats::saved_model::NodeDef;

std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

// "node:output_arg:0"
std::string spelled(const Node& node, const std::string& name, std::int32_t index) {
  for (const auto& out : node.op->outputs) {
    std::int64_t count = 1;
    if (!out.number_attr.empty()) count = node.attrs.i(out.number_attr);
    if (!out.list_attr.empty()) count = static_cast<std::int64_t>(node.attrs.types(out.list_attr).size());
    if (index < count) return name + ":" + out.name + ":" + std::to_string(index);
    index -= static_cast<std::int32_t>(count);
  }
  throw ValueError("Node '" + node.name + "' has no output " + std::to_string(index));
}

// What is left out: TensorFlow 2.2 refuses attributes that came later, though they say nothing new.
bool is_default(const OpDef& op, const std::string& key, const AttrValue& value) {
  for (const auto& attr : op.attrs) {
    if (attr.name == key) return !std::holds_alternative<std::monostate>(attr.fallback) && attr.fallback == value;
  }
  return false;
}

// Runs readers of a variable after what was written to it before, and writers after its readers.
class Order {
 public:
  // Adds control inputs to the definition of `node`. Returns whether it writes a variable.
  bool add(const Graph& graph, const Node& node, NodeDef& def) {
    bool any = false;
    std::vector<std::string> before;
    for (std::size_t k = 0; k < node.inputs.size(); ++k) {
      if (graph.spec(node.inputs[k]).dtype != DType::resource) continue;
      auto& use = uses_[node.inputs[k].node];
      if (!use.writer.empty()) before.push_back(use.writer);
      if (!writes_input(graph, node, k)) {
        use.readers.push_back(def.name);
        continue;
      }
      any = true;
      before.insert(before.end(), use.readers.begin(), use.readers.end());
      use = {def.name, {}};
    }
    std::sort(before.begin(), before.end());
    before.erase(std::unique(before.begin(), before.end()), before.end());
    for (const auto& name : before) {
      if (name != def.name) def.inputs.push_back("^" + name);
    }
    return any;
  }

 private:
  struct Use {
    std::string writer;
    std::vector<std::string> readers;
  };
  std::map<std::int32_t, Use> uses_;
};

}  // namespace

FunctionAttr FunctionDefs::exported(const FunctionAttr& attr) {
  const auto found = called_.find(attr.body);
  if (found != called_.end()) return {found->second, nullptr};
  const auto& callee = callee_of(attr);
  const auto& function = callee.function();
  const auto name = add(function, function->name, {}, function->name + "_" + std::to_string(next_scope_++) + "/").name;
  called_.emplace(attr.body, name);
  return {name, nullptr};
}

FunctionDefs::Added FunctionDefs::add(std::shared_ptr<const Function> given, const std::string& name,
                                      const std::vector<std::string>& argument_names, const std::string& scope) {
  const auto lowered_function = lowered(std::move(given));
  const auto& f = *lowered_function;
  const auto& graph = f.graph;
  FunctionDef def;
  ExportNames names;
  std::vector<std::string> node_names(graph.size());
  std::vector<Shape> shapes;  // without which tf2onnx takes arguments for scalars
  const auto add_argument = [&](std::int32_t node, const std::string& wanted) {
    const auto& spec = graph.nodes[at(node)].outputs[0];
    node_names[at(node)] = names.argument(wanted);
    def.inputs.push_back({node_names[at(node)], static_cast<int>(spec.dtype)});
    shapes.push_back(spec.dtype == DType::resource ? Shape::unknown() : spec.shape);
  };
  for (std::size_t i = 0; i < f.arguments.size(); ++i) {
    add_argument(f.arguments[i], i < argument_names.size() ? argument_names[i] : scope + "inputs");
  }
  for (std::size_t i = 0; i < f.captures.size(); ++i) {
    add_argument(f.capture_nodes[i], f.captures[i]->name() + "_resource");
  }
  if (!shapes.empty()) def.attrs.set("_input_shapes", std::move(shapes));
  const auto reference = [&](Output o) {
    const auto& node = graph[o];
    return node.op->name == "_Arg" ? node_names[at(o.node)] : spelled(node, node_names[at(o.node)], o.index);
  };
  Order order;
  for (std::size_t i = 0; i < graph.size(); ++i) {
    const auto& node = graph.nodes[i];
    if (node.op->name == "_Arg") continue;
    node_names[i] = names.node(scope + node.name);
    // Which TensorFlow 2.2 does not have; Case with bodies without effects is the same.
    const auto& op = node.op->name == "StatelessCase" ? "Case" : node.op->name;
    NodeDef out{node_names[i], op, {}, {}};
    for (const auto& input : node.inputs) out.inputs.push_back(reference(input));
    for (const auto& [key, value] : node.attrs) {
      if (is_default(*node.op, key, value)) continue;
      if (const auto* one = std::get_if<FunctionAttr>(&value)) {
        out.attrs.set(key, exported(*one));
      } else if (const auto* many = std::get_if<std::vector<FunctionAttr>>(&value)) {
        std::vector<FunctionAttr> list;
        for (const auto& attr : *many) list.push_back(exported(attr));
        out.attrs.set(key, std::move(list));
      } else if (!std::holds_alternative<std::monostate>(value)) {
        out.attrs.set(key, value);
      }
    }
    def.is_stateful |= node.op->is_stateful;
    for (const auto* callee : callees_of(node)) def.is_stateful |= callee->is_stateful();
    const bool effect = node.op->is_stateful && node.outputs.empty();  // fills a table, or checks
    if (order.add(graph, node, out) || effect) def.control_ret.emplace_back(out.name, out.name);
    def.nodes.push_back(std::move(out));
  }
  ExportNames results;
  for (const auto result : f.results) {
    const auto& spec = graph.spec(result);
    const auto output = names.node(scope + "Identity");
    const auto result_name = results.argument("identity");
    def.nodes.push_back({output, "Identity", {reference(result)}, {{"T", spec.dtype}}});
    def.outputs.push_back({result_name, static_cast<int>(spec.dtype)});
    def.ret.emplace_back(result_name, output + ":output:0");
  }
  def.name = "__inference_" + ExportNames().node(name) + "_" + std::to_string(next_++);
  functions_.push_back(std::move(def));
  return {functions_.back().name, f.captures};
}

}  // namespace hornbeam::graph
