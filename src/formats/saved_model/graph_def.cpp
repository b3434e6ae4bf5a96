#include "formats/saved_model/graph_def.h"

#include "formats/saved_model/attr_values.h"
#include "formats/saved_model/messages.h"
#include "formats/tensor_bundle/bytes.h"
#include "hornbeam/errors.hpp"
#include "hornbeam_proto/graph_def.pb.h"

namespace hornbeam::formats::saved_model {
namespace {

using tensor_bundle::in_quotes;

NodeDef node_def(const proto::NodeDef& node, AttrReader& attrs, const std::string& of) {
  const Place place{attrs.file(), "node " + in_quotes(node.name()) + of};
  NodeDef result{place.text(node.name()), place.text(node.op()), {}, attrs.read(node.attr(), place)};
  result.inputs.reserve(static_cast<std::size_t>(node.input_size()));
  for (const auto& input : node.input()) result.inputs.push_back(place.text(input));
  return result;
}

template <class Entries>
std::vector<std::pair<std::string, std::string>> texts(const Entries& entries, const Place& place) {
  std::vector<std::pair<std::string, std::string>> result;
  for (const auto& entry : entries) result.emplace_back(place.text(entry.key()), place.text(entry.value()));
  return result;
}

template <class Args>
std::vector<ArgDef> arguments(const Args& args, const Place& place) {
  std::vector<ArgDef> result;
  for (const auto& arg : args) {
    if (arg.type() == 0) place.fail("arguments of one type each", "argument " + in_quotes(arg.name()) + " without one");
    result.push_back({place.text(arg.name()), arg.type()});
  }
  return result;
}

FunctionDef function_def(const proto::FunctionDef& function, AttrReader& attrs) {
  const auto& signature = function.signature();
  const Place place{attrs.file(), "function " + in_quotes(signature.name())};
  FunctionDef result;
  result.name = place.text(signature.name());
  result.inputs = arguments(signature.input_arg(), place);
  result.outputs = arguments(signature.output_arg(), place);
  result.nodes.reserve(static_cast<std::size_t>(function.node_def_size()));
  const auto of = " of function " + in_quotes(signature.name());
  for (const auto& node : function.node_def()) result.nodes.push_back(node_def(node, attrs, of));
  result.ret = texts(function.ret(), place);
  result.control_ret = texts(function.control_ret(), place);
  result.attrs = attrs.read(function.attr(), place);
  result.is_stateful = signature.is_stateful();
  return result;
}

}  // namespace

GraphDef parse_graph(std::string_view bytes, const std::string& file) {
  check_messages(bytes, MessageKind::graph, file, "graph");
  proto::GraphDef graph;
  if (!graph.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    throw FormatError(file, "graph", "a GraphDef", "bytes that do not parse");
  }
  AttrReader attrs(file);
  GraphDef result;
  result.nodes.reserve(static_cast<std::size_t>(graph.node_size()));
  for (auto& node : *graph.mutable_node()) {
    result.nodes.push_back(node_def(node, attrs, ""));
    node.Clear();
  }
  for (auto& function : *graph.mutable_library()->mutable_function()) {
    result.functions.push_back(function_def(function, attrs));
    function.Clear();
  }
  return result;
}

}  // namespace hornbeam::formats::saved_model
