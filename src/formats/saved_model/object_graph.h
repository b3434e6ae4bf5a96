// The objects of a SavedModel: what each is, by which names it holds others, and the functions that go with them.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "formats/saved_model/structured_value.h"
#include "formats/tensor_bundle/object_graph.h"
#include "hornbeam/dtype.hpp"
#include "hornbeam/shape.hpp"

namespace hornbeam::formats::saved_model {

struct UserObject {
  std::string identifier;  // "_tf_keras_layer", "trackable_list_wrapper", "optimizer"
  std::string metadata;    // Keras's JSON, up to TensorFlow 2.4
};
struct AssetObject {
  std::int32_t file = 0;  // which of SavedModel::assets()
};
struct FunctionObject {
  std::vector<std::string> concrete_functions;
  StructuredValue arguments;  // a FullArgSpec
  bool is_method = false;
};
struct BareFunction {
  std::string concrete_function;
  std::vector<std::string> argument_keywords;
  std::int64_t allowed_positional = 0;
};
struct VariableObject {
  int type = 0;                  // TensorFlow's number, which Hornbeam may not have
  DType dtype = DType::invalid;  // if so
  Shape shape;
  bool trainable = false;
  std::string name;
};
struct ConstantObject {
  std::string operation;  // a node of the main graph
};
struct ResourceObject {};  // a table, an iterator
struct CapturedTensor {
  std::string name, concrete_function;
};

struct SavedObject {
  using Child = tensor_bundle::ObjectGraph::Child;
  using Slot = tensor_bundle::ObjectGraph::Slot;
  std::vector<Child> children;
  std::vector<Slot> slots;
  std::variant<std::monostate, UserObject, AssetObject, FunctionObject, BareFunction, VariableObject, ConstantObject,
               ResourceObject, CapturedTensor>
      what;

  const UserObject* user_object() const { return std::get_if<UserObject>(&what); }
  const FunctionObject* function() const { return std::get_if<FunctionObject>(&what); }
  const BareFunction* bare_function() const { return std::get_if<BareFunction>(&what); }
  const VariableObject* variable() const { return std::get_if<VariableObject>(&what); }
  bool is(std::string_view identifier) const { return user_object() && user_object()->identifier == identifier; }
};

struct ConcreteFunction {
  std::vector<std::int32_t> bound_inputs;  // nodes that the function's last arguments are
  StructuredValue inputs, outputs;
};

struct SavedObjectGraph {
  std::vector<SavedObject> nodes;  // the first is the root
  std::map<std::string, ConcreteFunction> concrete_functions;

  const SavedObject& node(std::int32_t id) const { return nodes.at(static_cast<std::size_t>(id)); }
  // The number of the child under this name.
  std::optional<std::int32_t> child(std::int32_t node, std::string_view name) const;
  // By names joined with dots, from the root: "layer-0.kernel".
  std::optional<std::int32_t> at_path(std::string_view path) const;
  // Children "0", "1", ... of a list.
  std::vector<std::int32_t> list(std::int32_t node) const;
};

// Numbers of nodes and names of functions are checked. `file` is for messages. Throws FormatError.
SavedObjectGraph parse_object_graph(std::string_view bytes, const std::string& file);

}  // namespace hornbeam::formats::saved_model
