#include "graph/replay/main_graph.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>
#include <tuple>

#include "hornbeam/errors.hpp"

namespace hornbeam::graph {
namespace {

using formats::saved_model::NodeDef;

bool is_one_of(const std::string& op, std::initializer_list<const char*> ops) {
  return std::any_of(ops.begin(), ops.end(), [&](const char* name) { return op == name; });
}

bool is_reference(const NodeDef& node) { return is_one_of(node.op, {"Variable", "VariableV2"}); }
// Ops that give the reference which they take first.
bool hands_on(const std::string& op) { return is_one_of(op, {"Assign", "AssignAdd", "AssignSub", "RefIdentity"}); }

// Ops on references and on tables by reference, as they are called on resources.
std::string on_resources(const std::string& op) {
  static const std::map<std::string, std::string> names = {
      {"Assign", "AssignVariableOp"},
      {"AssignAdd", "AssignAddVariableOp"},
      {"AssignSub", "AssignSubVariableOp"},
      {"RefIdentity", "NoOp"},
      {"IsVariableInitialized", "VarIsInitializedOp"},
      {"LookupTableFind", "LookupTableFindV2"},
      {"LookupTableSize", "LookupTableSizeV2"},
      {"LookupTableExport", "LookupTableExportV2"},
      {"LookupTableImport", "LookupTableImportV2"},
      {"LookupTableInsert", "LookupTableInsertV2"},
      {"InitializeTable", "InitializeTableV2"},
      {"InitializeTableFromTextFile", "InitializeTableFromTextFileV2"}};
  const auto it = names.find(op);
  return it == names.end() ? op : it->second;
}

}  // namespace

MainGraph::MainGraph(const std::vector<NodeDef>& nodes, std::string file) : file_(std::move(file)), nodes_(nodes) {
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (by_name_.emplace(nodes[i].name, i).second) continue;
    throw ValueError(file_ + ": node '" + nodes[i].name + "' is a duplicate: two nodes of the graph have this name");
  }
}

bool MainGraph::is_resource(const NodeDef& node) {
  return is_reference(node) ||
         is_one_of(node.op, {"VarHandleOp", "HashTable", "HashTableV2", "MutableHashTable", "MutableHashTableV2"});
}

const NodeDef& MainGraph::node(const std::string& name) const {
  const auto it = by_name_.find(name);
  if (it != by_name_.end()) return nodes_[it->second];
  throw ValueError("The name '" + name + "' refers to an Operation which does not exist: not in the graph of " + file_);
}

class MainGraph::Pruning {
 public:
  explicit Pruning(const MainGraph& graph) : graph_(graph) {}

  PrunedFunction run(const std::string& name, const std::vector<std::string>& feeds,
                     const std::vector<std::string>& fetches, const std::vector<std::string>& operations) {
    auto& function = out_.function;
    function.name = name;
    for (const auto& feed : feeds) {
      const auto endpoint = endpoint_of(feed);
      const auto argument = "<feed " + std::to_string(feeds_.size()) + ">";  // what no node is called
      graph_.node(endpoint.node);
      if (!feeds_.emplace(endpoint, argument).second) {
        throw ValueError(graph_.file_ + ": the tensor '" + feed + "' is fed twice");
      }
      function.inputs.push_back({argument, 0});
    }
    for (std::size_t i = 0; i < fetches.size(); ++i) {
      const auto output = "output_" + std::to_string(i);
      function.outputs.push_back({output, 0});
      function.ret.emplace_back(output, input_for(endpoint_of(fetches[i]), output, {}));
    }
    for (const auto& operation : operations) {
      const auto endpoint = endpoint_of(operation);
      need(endpoint.node);
      if (!is_resource(graph_.node(endpoint.node))) function.control_ret.emplace_back(operation, endpoint.node);
    }
    while (!open_.empty()) {
      const auto* node = open_.back();
      open_.pop_back();
      add(*node);
    }
    for (const auto* node : out_.resources) function.inputs.push_back({node->name, 0});
    return std::move(out_);
  }

 private:
  struct Endpoint {
    std::string node;
    std::size_t index = 0;
    bool control = false;
    friend bool operator<(const Endpoint& a, const Endpoint& b) {
      return std::tie(a.node, a.index) < std::tie(b.node, b.index);
    }
  };

  Endpoint endpoint_of(std::string_view text) const {
    Endpoint result;
    result.control = text.starts_with("^");
    if (result.control) text.remove_prefix(1);
    const auto colon = text.rfind(':');
    result.node = std::string(text.substr(0, colon));
    if (colon == text.npos) return result;
    const auto number = text.substr(colon + 1);
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), result.index);
    if (error != std::errc() || end != number.data() + number.size()) {
      throw ValueError(graph_.file_ + ": '" + std::string(text) + "' names no tensor");
    }
    return result;
  }

  // The variable whose reference this is; null when it is none.
  const NodeDef* variable_behind(const Endpoint& endpoint) const {
    const auto* node = &graph_.node(endpoint.node);
    constexpr int kMostHands = 64;
    for (int hands = 0; hands < kMostHands; ++hands) {
      if (is_reference(*node)) return node;
      if (!hands_on(node->op) || node->inputs.empty()) return nullptr;
      node = &graph_.node(endpoint_of(node->inputs[0]).node);
    }
    throw ValueError(graph_.file_ + ": a reference that node '" + endpoint.node + "' gives goes through more than " +
                     std::to_string(kMostHands) + " operations");
  }

  void need(const std::string& name) {
    const auto& node = graph_.node(name);
    if (!met_.insert(&node).second) return;
    if (is_resource(node)) {
      out_.resources.push_back(&node);
    } else {
      open_.push_back(&node);
    }
  }

  // A tensor as a function spells it; references are read when `user` is at work, after its control inputs.
  std::string input_for(const Endpoint& endpoint, const std::string& user, const std::vector<std::string>& controls) {
    if (const auto it = feeds_.find(endpoint); it != feeds_.end()) return it->second;
    const auto* variable = variable_behind(endpoint);
    need(endpoint.node);
    if (!variable) return endpoint.node + ":" + std::to_string(endpoint.index);
    need(variable->name);
    NodeDef read{"<read " + std::to_string(out_.function.nodes.size()) + " for " + user + ">",
                 "ReadVariableOp",
                 {variable->name},
                 {}};
    if (variable->name != endpoint.node) read.inputs.push_back("^" + endpoint.node);
    read.inputs.insert(read.inputs.end(), controls.begin(), controls.end());
    out_.function.nodes.push_back(read);
    return read.name;
  }

  void add(const NodeDef& node) {
    if (node.op == "Placeholder" || node.op == "PlaceholderV2") {
      throw ValueError(
          "A SavedModel signature needs an input for each placeholder the signature's outputs use. An output of '" +
          out_.function.name +
          "' depends on a placeholder which is not an input (i.e. the placeholder is not fed a "
          "value): '" +
          node.name + "' of " + graph_.file_);
    }
    if (is_one_of(node.op, {"Enter", "RefEnter", "Exit", "RefExit", "NextIteration", "RefNextIteration", "LoopCond"})) {
      throw NotImplementedError("not yet supported: op " + node.op + ", a loop of TensorFlow 1's control flow (node '" +
                                node.name + "')");
    }
    NodeDef copy{node.name, on_resources(node.op), {}, node.attrs};
    const bool takes_reference = copy.op != node.op;
    std::vector<std::string> controls;
    for (const auto& input : node.inputs) {
      if (!input.starts_with("^")) continue;
      const auto endpoint = endpoint_of(input);
      if (is_resource(graph_.node(endpoint.node)) || feeds_.contains(endpoint)) continue;
      need(endpoint.node);
      controls.push_back(input);
    }
    for (const auto& input : node.inputs) {
      if (input.starts_with("^")) continue;
      const auto endpoint = endpoint_of(input);
      const auto* variable = copy.inputs.empty() && takes_reference ? variable_behind(endpoint) : nullptr;
      if (!variable) {
        copy.inputs.push_back(input_for(endpoint, node.name, controls));
        continue;
      }
      need(variable->name);
      copy.inputs.push_back(variable->name);
      if (endpoint.node == variable->name) continue;
      need(endpoint.node);
      controls.push_back("^" + endpoint.node);
    }
    if (copy.op == "NoOp") copy.inputs.clear();
    copy.inputs.insert(copy.inputs.end(), controls.begin(), controls.end());
    out_.function.nodes.push_back(std::move(copy));
  }

  const MainGraph& graph_;
  PrunedFunction out_;
  std::map<Endpoint, std::string> feeds_;
  std::set<const NodeDef*> met_;
  std::vector<const NodeDef*> open_;
};

PrunedFunction MainGraph::prune(const std::string& name, const std::vector<std::string>& feeds,
                                const std::vector<std::string>& fetches,
                                const std::vector<std::string>& operations) const {
  return Pruning(*this).run(name, feeds, fetches, operations);
}

}  // namespace hornbeam::graph
