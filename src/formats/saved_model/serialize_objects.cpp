#include "formats/saved_model/message_shapes.h"
#include "formats/saved_model/serialize.h"
#include "hornbeam/errors.hpp"
#include "hornbeam_proto/saved_object_graph.pb.h"

namespace hornbeam::formats::saved_model {
namespace {

void fill_value(proto::StructuredValue& out, const StructuredValue& value) {
  using Kind = StructuredValue::Kind;
  switch (value.kind) {
    case Kind::none:
      out.mutable_none_value();
      return;
    case Kind::number:
      return out.set_float64_value(value.number);
    case Kind::integer:
      return out.set_int64_value(value.integer);
    case Kind::text:
      return out.set_string_value(value.text);
    case Kind::boolean:
      return out.set_bool_value(value.boolean);
    case Kind::shape:
      return fill_shape(*out.mutable_tensor_shape_value(), value.shape);
    case Kind::dtype:
      return out.set_tensor_dtype_value(static_cast<int>(value.dtype));
    case Kind::tensor: {
      auto& spec = *out.mutable_tensor_spec_value();
      spec.set_name(value.text);
      fill_shape(*spec.mutable_shape(), value.shape);
      spec.set_dtype(static_cast<int>(value.dtype));
      return;
    }
    case Kind::list:
    case Kind::tuple: {
      auto& items = value.is(Kind::list) ? *out.mutable_list_value() : *out.mutable_tuple_value();
      for (const auto& [name, item] : value.items) fill_value(*items.add_values(), item);
      return;
    }
    case Kind::dict:
    case Kind::named_tuple: {
      const auto fill = [&](auto& entry, const auto& item) {
        entry.set_key(item.first);
        fill_value(*entry.mutable_value(), item.second);
      };
      if (value.is(Kind::dict)) {
        auto& dict = *out.mutable_dict_value();
        for (const auto& item : value.items) fill(*dict.add_fields(), item);
        return;
      }
      auto& tuple = *out.mutable_named_tuple_value();
      tuple.set_name(value.text);
      for (const auto& item : value.items) fill(*tuple.add_values(), item);
      return;
    }
    case Kind::other:
      throw NotImplementedError("Specs of '" + value.text + "' are not written");
  }
}

struct FillObject {
  proto::SavedObject& out;

  void operator()(std::monostate) const {}
  void operator()(const UserObject& object) const {
    auto& user = *out.mutable_user_object();
    user.set_identifier(object.identifier);
    user.set_metadata(object.metadata);
    // Keras 2.11's optimizers are of a second version.
    user.mutable_version()->set_producer(object.identifier == "experimentalOptimizer" ? 2 : 1);
    user.mutable_version()->set_min_consumer(1);
  }
  void operator()(const AssetObject& object) const { out.mutable_asset()->set_asset_file_def_index(object.file); }
  void operator()(const FunctionObject& object) const {
    auto& function = *out.mutable_function();
    for (const auto& name : object.concrete_functions) function.add_concrete_functions(name);
    auto& spec = *function.mutable_function_spec();
    fill_value(*spec.mutable_fullargspec(), object.arguments);
    spec.set_is_method(object.is_method);
    spec.mutable_input_signature()->mutable_none_value();
  }
  void operator()(const BareFunction& object) const {
    auto& function = *out.mutable_bare_concrete_function();
    function.set_concrete_function_name(object.concrete_function);
    for (const auto& keyword : object.argument_keywords) function.add_argument_keywords(keyword);
    function.set_allowed_positional_arguments(object.allowed_positional);
  }
  void operator()(const VariableObject& object) const {
    auto& variable = *out.mutable_variable();
    variable.set_dtype(object.type);
    fill_shape(*variable.mutable_shape(), object.shape);
    variable.set_trainable(object.trainable);
    variable.set_name(object.name);
  }
  void operator()(const ConstantObject& object) const { out.mutable_constant()->set_operation(object.operation); }
  void operator()(const ResourceObject&) const { out.mutable_resource(); }
  void operator()(const CapturedTensor& object) const {
    out.mutable_captured_tensor()->set_name(object.name);
    out.mutable_captured_tensor()->set_concrete_function(object.concrete_function);
  }
};

}  // namespace

std::string serialize(const SavedObjectGraph& objects) {
  proto::SavedObjectGraph out;
  for (const auto& node : objects.nodes) {
    auto& object = *out.add_nodes();
    for (const auto& child : node.children) {
      auto& to = *object.add_children();
      to.set_node_id(child.node);
      to.set_local_name(child.name);
    }
    for (const auto& slot : node.slots) {
      auto& to = *object.add_slot_variables();
      to.set_original_variable_node_id(slot.variable);
      to.set_slot_name(slot.name);
      to.set_slot_variable_node_id(slot.slot_variable);
    }
    std::visit(FillObject{object}, node.what);
  }
  for (const auto& [name, function] : objects.concrete_functions) {
    auto& entry = *out.add_concrete_functions();
    entry.set_key(name);
    auto& to = *entry.mutable_value();
    for (const auto input : function.bound_inputs) to.add_bound_inputs(input);
    fill_value(*to.mutable_canonicalized_input_signature(), function.inputs);
    fill_value(*to.mutable_output_signature(), function.outputs);
  }
  return out.SerializeAsString();
}

}  // namespace hornbeam::formats::saved_model
