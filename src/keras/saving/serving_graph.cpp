#include "keras/saving/serving_graph.h"

#include "graph/export/names.h"
#include "hornbeam/tensor.hpp"

namespace hornbeam {
namespace {

using formats::saved_model::NodeDef;

NodeDef text_constant(const std::string& name, const std::vector<std::string>& texts) {
  auto value = Tensor::from<std::string>({static_cast<std::int64_t>(texts.size())}, std::span(texts));
  return {name, "Const", {}, {{"dtype", DType::string}, {"value", std::make_shared<const Tensor>(std::move(value))}}};
}

}  // namespace

ServingGraph serving_graph(const std::vector<ServedVariable>& variables, std::vector<ServedSignature>& signatures) {
  ServingGraph g;
  graph::ExportNames names;
  g.init_op = "NoOp";
  g.saver = {"saver_filename:0", "save/control_dependency:0", "save/restore_all"};
  const auto add = [&](NodeDef node) { g.nodes.push_back(std::move(node)); };
  std::vector<std::string> keys;
  std::vector<DType> dtypes;
  NodeDef filled{g.init_op, "NoOp", {}, {}};
  for (const auto& v : variables) {
    names.node(v.name);
    if (!v.table.shared_name.empty()) {
      add({v.name,
           "HashTableV2",
           {},
           {{"key_dtype", v.table.keys}, {"value_dtype", v.table.values}, {"shared_name", v.table.shared_name}}});
      const auto call = names.node("initialize_" + v.name);
      add({call,
           "StatefulPartitionedCall",
           {v.name},
           {{"Tin", std::vector<DType>{DType::resource}},
            {"Tout", std::vector<DType>{DType::int32}},
            {"f", FunctionAttr{v.table.initialize, nullptr}}}});
      filled.inputs.push_back("^" + call);
      continue;
    }
    add({v.name, "VarHandleOp", {}, {{"dtype", v.dtype}, {"shape", v.shape}, {"shared_name", v.name}}});
    keys.push_back(v.key);
    dtypes.push_back(v.dtype);
  }
  for (auto& [signature, function, captures] : signatures) {
    NodeDef call{names.node("StatefulPartitionedCall"), "StatefulPartitionedCall", {}, {}};
    std::vector<DType> in, out;
    for (auto& [name, info] : signature.inputs) {
      const auto dtype = static_cast<DType>(info.type);
      const auto node = names.node(signature.key + "_" + name);
      info.name = node + ":0";
      add({node, "Placeholder", {}, {{"dtype", dtype}, {"shape", info.shape}}});
      call.inputs.push_back(node);
      in.push_back(dtype);
    }
    for (const auto i : captures) {
      call.inputs.push_back(variables.at(i).name);
      in.push_back(DType::resource);
    }
    for (auto& [name, info] : signature.outputs) {
      info.name = call.name + ":" + std::to_string(out.size());
      out.push_back(static_cast<DType>(info.type));
    }
    call.attrs = {{"Tin", in}, {"Tout", out}, {"f", FunctionAttr{function, nullptr}}};
    add(std::move(call));
  }
  add(std::move(filled));

  add({"saver_filename", "Placeholder", {}, {{"dtype", DType::string}, {"shape", Shape{}}}});
  add(text_constant("save/tensor_names", keys));
  add(text_constant("save/shape_and_slices", std::vector<std::string>(keys.size())));
  NodeDef done{g.saver.restore_op, "NoOp", {}, {}};
  NodeDef save{"save/SaveV2", "SaveV2", {"saver_filename", "save/tensor_names", "save/shape_and_slices"}, {}};
  if (!keys.empty()) {
    add({"save/RestoreV2",
         "RestoreV2",
         {"saver_filename", "save/tensor_names", "save/shape_and_slices"},
         {{"dtypes", dtypes}}});
  }
  std::size_t next = 0;
  for (const auto& v : variables) {
    if (!v.table.shared_name.empty()) continue;
    const auto number = std::to_string(next++);
    const auto assign = "save/AssignVariableOp_" + number, read = "save/Read_" + number;
    add({assign, "AssignVariableOp", {v.name, "save/RestoreV2:" + number}, {{"dtype", v.dtype}}});
    done.inputs.push_back("^" + assign);
    add({read, "ReadVariableOp", {v.name}, {{"dtype", v.dtype}}});
    save.inputs.push_back(read);
  }
  add(std::move(done));
  NodeDef saved{"save/control_dependency", "Identity", {"saver_filename"}, {{"T", DType::string}}};
  if (!keys.empty()) {
    save.attrs = {{"dtypes", dtypes}};
    add(std::move(save));
    saved.inputs.emplace_back("^save/SaveV2");
  }
  add(std::move(saved));
  return g;
}

}  // namespace hornbeam
