#include "formats/saved_model/object_graph.h"

#include <charconv>

#include "formats/saved_model/messages.h"
#include "formats/saved_model/saved_model.h"
#include "formats/saved_model/structured_parse.h"
#include "formats/tensor_bundle/bytes.h"
#include "hornbeam/errors.hpp"
#include "hornbeam_proto/saved_object_graph.pb.h"

namespace hornbeam::formats::saved_model {
namespace {

class ObjectGraphReader {
 public:
  ObjectGraphReader(const proto::SavedObjectGraph& graph, const std::string& file) : graph_(graph), file_(file) {}

  SavedObjectGraph read() {
    SavedObjectGraph result;
    for (const auto& entry : graph_.concrete_functions()) {
      const Place place{file_, "concrete function " + tensor_bundle::in_quotes(entry.key())};
      ConcreteFunction function;
      for (const auto id : entry.value().bound_inputs()) function.bound_inputs.push_back(known(id, place));
      function.inputs = structured_value(entry.value().canonicalized_input_signature(), place);
      function.outputs = structured_value(entry.value().output_signature(), place);
      if (!result.concrete_functions.emplace(place.text(entry.key()), std::move(function)).second) {
        place.fail("a concrete function's name once", "one again");
      }
    }
    result.nodes.reserve(static_cast<std::size_t>(graph_.nodes_size()));
    for (const auto& object : graph_.nodes()) {
      result.nodes.push_back(node(object, {file_, "object graph, node " + std::to_string(result.nodes.size())}));
    }
    return result;
  }

 private:
  std::int32_t known(std::int32_t id, const Place& place) const {
    if (id < 0 || id >= graph_.nodes_size()) {
      place.fail("one of " + std::to_string(graph_.nodes_size()) + " nodes", "node " + std::to_string(id));
    }
    return id;
  }

  SavedObject node(const proto::SavedObject& object, const Place& place) const {
    SavedObject result;
    result.children.reserve(static_cast<std::size_t>(object.children_size()));
    for (const auto& child : object.children()) {
      result.children.push_back({known(child.node_id(), place), place.text(child.local_name())});
    }
    for (const auto& slot : object.slot_variables()) {
      result.slots.push_back({known(slot.original_variable_node_id(), place), place.text(slot.slot_name()),
                              known(slot.slot_variable_node_id(), place)});
    }
    set_kind(result, object, place);
    return result;
  }

  static void set_kind(SavedObject& result, const proto::SavedObject& object, const Place& place) {
    using Object = proto::SavedObject;
    switch (object.kind_case()) {
      case Object::kUserObject:
        result.what =
            UserObject{place.text(object.user_object().identifier()), place.text(object.user_object().metadata())};
        break;
      case Object::kAsset:
        result.what = AssetObject{object.asset().asset_file_def_index()};
        break;
      case Object::kFunction: {
        FunctionObject function;
        for (const auto& name : object.function().concrete_functions()) {
          function.concrete_functions.push_back(place.text(name));
        }
        function.arguments = structured_value(object.function().function_spec().fullargspec(), place);
        function.is_method = object.function().function_spec().is_method();
        result.what = std::move(function);
        break;
      }
      case Object::kVariable: {
        const auto& v = object.variable();
        result.what = VariableObject{v.dtype(), dtype_of_number(v.dtype()), place.shape(v.shape()), v.trainable(),
                                     place.text(v.name())};
        break;
      }
      case Object::kBareConcreteFunction: {
        const auto& bare = object.bare_concrete_function();
        BareFunction function{place.text(bare.concrete_function_name()), {}, bare.allowed_positional_arguments()};
        for (const auto& keyword : bare.argument_keywords()) {
          function.argument_keywords.push_back(place.text(keyword));
        }
        result.what = std::move(function);
        break;
      }
      case Object::kConstant:
        result.what = ConstantObject{place.text(object.constant().operation())};
        break;
      case Object::kResource:
        result.what = ResourceObject{};
        break;
      case Object::kCapturedTensor:
        result.what = CapturedTensor{place.text(object.captured_tensor().name()),
                                     place.text(object.captured_tensor().concrete_function())};
        break;
      case Object::KIND_NOT_SET:
        break;
    }
  }

  const proto::SavedObjectGraph& graph_;
  const std::string& file_;
};

}  // namespace

SavedObjectGraph parse_object_graph(std::string_view bytes, const std::string& file) {
  check_messages(bytes, MessageKind::object_graph, file, "object graph");
  proto::SavedObjectGraph graph;
  if (!graph.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    throw FormatError(file, "object graph", "a SavedObjectGraph", "bytes that do not parse");
  }
  return ObjectGraphReader(graph, file).read();
}

std::optional<std::int32_t> SavedObjectGraph::child(std::int32_t id, std::string_view name) const {
  for (const auto& child : node(id).children) {
    if (child.name == name) return child.node;
  }
  return std::nullopt;
}

std::optional<std::int32_t> SavedObjectGraph::at_path(std::string_view path) const {
  std::optional<std::int32_t> at = nodes.empty() ? std::nullopt : std::optional<std::int32_t>(0);
  while (at && !path.empty()) {
    const auto dot = path.find('.');
    at = child(*at, path.substr(0, dot));
    path = dot == path.npos ? std::string_view() : path.substr(dot + 1);
  }
  return at;
}

std::vector<std::int32_t> SavedObjectGraph::list(std::int32_t id) const {
  std::map<std::uint64_t, std::int32_t> by_index;
  for (const auto& [child, name] : node(id).children) {
    std::uint64_t index = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), index);
    if (error == std::errc() && end == name.data() + name.size()) by_index.emplace(index, child);
  }
  std::vector<std::int32_t> result;
  for (const auto& [index, child] : by_index) result.push_back(child);
  return result;
}

}  // namespace hornbeam::formats::saved_model
