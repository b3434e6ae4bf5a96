#include "formats/saved_model/message_shapes.h"
#include "formats/saved_model/serialize.h"
#include "hornbeam/tensor.hpp"
#include "hornbeam_proto/graph_def.pb.h"
#include "tensor/variant.h"

namespace hornbeam::formats::saved_model {
namespace {

// The oldest that TensorFlow 2.2 writes: later versions take it, too.
constexpr int kProducer = 175, kMinConsumer = 12;

void fill_tensor(proto::TensorProto& out, const Tensor& tensor) {
  out.set_dtype(static_cast<int>(tensor.dtype()));
  fill_shape(*out.mutable_tensor_shape(), tensor.shape());
  if (tensor.dtype() == DType::string) {
    for (const auto& text : tensor.data<std::string>()) out.add_string_val(text);
    return;
  }
  if (size_of(tensor.dtype()) == 0 || holds_objects(tensor.dtype())) {
    throw TypeError("A constant of dtype " + std::string(name_of(tensor.dtype())) + " cannot be stored in a graph");
  }
  out.set_tensor_content(reinterpret_cast<const char*>(tensor.raw()), tensor.bytes());
}

struct FillAttr {
  proto::AttrValue& out;

  void operator()(std::monostate) const {}
  void operator()(bool value) const { out.set_b(value); }
  void operator()(std::int64_t value) const { out.set_i(value); }
  void operator()(float value) const { out.set_f(value); }
  void operator()(const std::string& value) const { out.set_s(value); }
  void operator()(DType value) const { out.set_type(static_cast<int>(value)); }
  void operator()(const Shape& value) const { fill_shape(*out.mutable_shape(), value); }
  void operator()(const TensorBox& value) const { fill_tensor(*out.mutable_tensor(), *value); }
  void operator()(const FunctionAttr& value) const { out.mutable_func()->set_name(value.name); }
  template <class T>
  void operator()(const std::vector<T>& values) const {
    auto& list = *out.mutable_list();
    for (const auto& value : values) add(list, value);
  }

 private:
  using List = proto::AttrValue::ListValue;
  static void add(List& list, bool value) { list.add_b(value); }
  static void add(List& list, std::int64_t value) { list.add_i(value); }
  static void add(List& list, float value) { list.add_f(value); }
  static void add(List& list, const std::string& value) { list.add_s(value); }
  static void add(List& list, DType value) { list.add_type(static_cast<int>(value)); }
  static void add(List& list, const Shape& value) { fill_shape(*list.add_shape(), value); }
  static void add(List& list, const FunctionAttr& value) { list.add_func()->set_name(value.name); }
};

template <class Message>
void fill_attrs(Message& out, const Attrs& attrs) {
  for (const auto& [name, value] : attrs) {
    auto& entry = *out.add_attr();
    entry.set_key(name);
    std::visit(FillAttr{*entry.mutable_value()}, value);
  }
}

void fill_node(proto::NodeDef& out, const NodeDef& node) {
  out.set_name(node.name);
  out.set_op(node.op);
  for (const auto& input : node.inputs) out.add_input(input);
  fill_attrs(out, node.attrs);
}

void fill_function(proto::FunctionDef& out, const FunctionDef& function) {
  auto& signature = *out.mutable_signature();
  signature.set_name(function.name);
  signature.set_is_stateful(function.is_stateful);
  const auto fill_arg = [](proto::OpDef::ArgDef& to, const ArgDef& from) {
    to.set_name(from.name);
    to.set_type(from.type);
  };
  for (const auto& arg : function.inputs) fill_arg(*signature.add_input_arg(), arg);
  for (const auto& arg : function.outputs) fill_arg(*signature.add_output_arg(), arg);
  for (const auto& node : function.nodes) fill_node(*out.add_node_def(), node);
  for (const auto& [key, value] : function.ret) {
    auto& entry = *out.add_ret();
    entry.set_key(key);
    entry.set_value(value);
  }
  for (const auto& [key, value] : function.control_ret) {
    signature.add_control_output(key);
    auto& entry = *out.add_control_ret();
    entry.set_key(key);
    entry.set_value(value);
  }
  fill_attrs(out, function.attrs);
}

}  // namespace

std::string serialize(const GraphDef& graph) {
  proto::GraphDef out;
  for (const auto& node : graph.nodes) fill_node(*out.add_node(), node);
  for (const auto& function : graph.functions) fill_function(*out.mutable_library()->add_function(), function);
  out.mutable_versions()->set_producer(kProducer);
  out.mutable_versions()->set_min_consumer(kMinConsumer);
  return out.SerializeAsString();
}

}  // namespace hornbeam::formats::saved_model
