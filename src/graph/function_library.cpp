#include "graph/function_library.h"

#include <algorithm>
#include <vector>

namespace hornbeam::graph {
namespace {

[[noreturn]] void wrong(const Function& f, const std::string& what) {
  throw ValueError("Function '" + f.name + "': " + what);
}

bool exists(const Graph& graph, Output o) {
  return o.node >= 0 && static_cast<std::size_t>(o.node) < graph.size() && o.index >= 0 &&
         static_cast<std::size_t>(o.index) < graph.nodes[static_cast<std::size_t>(o.node)].outputs.size();
}

// The functions an op's attributes name, to be replaced.
std::vector<FunctionAttr*> named(std::vector<std::pair<std::string, AttrValue>>& attrs) {
  std::vector<FunctionAttr*> found;
  for (auto& [name, value] : attrs) {
    if (auto* one = std::get_if<FunctionAttr>(&value)) found.push_back(one);
    if (auto* list = std::get_if<std::vector<FunctionAttr>>(&value)) {
      for (auto& f : *list) found.push_back(&f);
    }
  }
  return found;
}

std::vector<std::string> called_names(const Function& f) {
  std::vector<std::string> names;
  for (const auto& node : f.graph.nodes) {
    std::vector<std::pair<std::string, AttrValue>> attrs(node.attrs.begin(), node.attrs.end());
    for (const auto* attr : named(attrs)) {
      if (!attr->body) names.push_back(attr->name);
    }
  }
  return names;
}

void check_call(const Function& f, const Node& node) {
  std::vector<DType> given, wanted;
  for (std::size_t k = selectors(*node.op); k < node.inputs.size(); ++k) {
    given.push_back(f.graph.spec(node.inputs[k]).dtype);
  }
  for (const auto& spec : node.outputs) wanted.push_back(spec.dtype);
  const auto callees = callees_of(node);
  if (callees.empty()) wrong(f, "node '" + node.name + "' has no function to call");
  for (std::size_t k = 0; k < callees.size(); ++k) {
    const auto& callee = *callees[k]->function();
    std::vector<DType> takes, gives;
    for (std::size_t i = 0; i < callee.arguments.size(); ++i) takes.push_back(callee.argument_spec(i).dtype);
    for (const auto& result : callee.results) gives.push_back(callee.graph.spec(result).dtype);
    const bool condition = node.op->calls == CallKind::loop && k == 0;
    if (takes != given || (condition ? gives.size() != 1 : gives != wanted)) {
      wrong(f, "node '" + node.name + "' passes to function '" + callee.name +
                   "' other tensors than it takes, or expects others than it gives");
    }
  }
}

}  // namespace

void check_function(const Function& f) {
  const auto& nodes = f.graph.nodes;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const auto& node = nodes[i];
    if (!node.op) wrong(f, "node '" + node.name + "' has no op");
    std::vector<DType> dtypes;
    for (const auto& input : node.inputs) {
      if (!exists(f.graph, input) || static_cast<std::size_t>(input.node) >= i) {
        wrong(f, "an input of node '" + node.name + "' does not exist, or comes after it");
      }
      dtypes.push_back(f.graph.spec(input).dtype);
    }
    std::vector<DType> outputs;
    for (const auto& spec : node.outputs) outputs.push_back(spec.dtype);
    try {
      if (node.op->output_dtypes(node.op->complete(dtypes, node.attrs)) != outputs) {
        wrong(f, "node '" + node.name + "' has other outputs than " + node.op->name + " gives");
      }
    } catch (const std::bad_variant_access&) {
      wrong(f, "an attribute of node '" + node.name + "' is of another type than " + node.op->name + " takes");
    }
  }
  const auto check = [&](Output o, const char* what, bool argument) {
    if (!exists(f.graph, o)) wrong(f, std::string(what) + " does not exist");
    if (argument && f.graph[o].op->name != "_Arg") wrong(f, std::string(what) + " is no _Arg node");
  };
  for (const auto id : f.arguments) check({id, 0}, "an argument", true);
  for (const auto id : f.capture_nodes) check({id, 0}, "a capture", true);
  for (const auto& result : f.results) check(result, "a result", false);
  auto arguments = f.arguments;
  std::sort(arguments.begin(), arguments.end());
  if (std::adjacent_find(arguments.begin(), arguments.end()) != arguments.end()) wrong(f, "two arguments are one node");
}

void FunctionLibrary::add(Function function) {
  auto name = function.name;
  if (has(name)) throw ValueError("Function '" + name + "' is in the library already.");
  unlinked_.emplace(std::move(name), std::move(function));
}

void FunctionLibrary::connect(Function& function) const {
  check_function(function);
  for (auto& node : function.graph.nodes) {
    if (node.op->calls == CallKind::none) continue;
    std::vector<std::pair<std::string, AttrValue>> attrs(node.attrs.begin(), node.attrs.end());
    for (auto* attr : named(attrs)) {
      if (!attr->body) *attr = find(attr->name);
    }
    for (auto& [name, value] : attrs) node.attrs.set(name, std::move(value));
    check_call(function, node);
  }
}

void FunctionLibrary::link(Function& function) const { connect(function); }

// Depth first with a stack of its own: chains of calls may be long.
void FunctionLibrary::link() {
  std::map<std::string, bool> waits;  // for what it calls
  while (!unlinked_.empty()) {
    std::vector<std::string> stack{unlinked_.begin()->first};
    while (!stack.empty()) {
      const auto name = stack.back();
      const auto at = unlinked_.find(name);
      if (at == unlinked_.end()) {
        stack.pop_back();
        continue;
      }
      std::vector<std::string> missing;
      for (const auto& callee : called_names(at->second)) {
        if (linked_.count(callee)) continue;
        if (!unlinked_.count(callee)) wrong(at->second, "it calls '" + callee + "', which is not in the library");
        missing.push_back(callee);
      }
      if (missing.empty()) {
        connect(at->second);
        linked_.emplace(name, std::make_shared<const Callee>(std::move(at->second)));
        unlinked_.erase(at);
        stack.pop_back();
        continue;
      }
      waits[name] = true;
      for (const auto& callee : missing) {
        if (waits[callee])
          wrong(at->second, "it calls '" + callee + "', and that calls it: recursion is not supported");
      }
      stack.insert(stack.end(), missing.begin(), missing.end());
    }
  }
}

FunctionAttr FunctionLibrary::find(const std::string& name) const {
  const auto at = linked_.find(name);
  if (at == linked_.end()) throw KeyError("Function '" + name + "' is not in the library.");
  return {name, at->second};
}

}  // namespace hornbeam::graph
