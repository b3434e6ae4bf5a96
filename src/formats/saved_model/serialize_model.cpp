#include "formats/saved_model/message_shapes.h"
#include "formats/saved_model/serialize.h"
#include "hornbeam_proto/keras_metadata.pb.h"
#include "hornbeam_proto/saved_model.pb.h"

namespace hornbeam::formats::saved_model {
namespace {

constexpr int kSaverOfBundles = 2;  // SaverDef.V2

void fill_signature(proto::SignatureDef& out, const Signature& signature) {
  const auto fill = [](auto& entry, const auto& tensor) {
    entry.set_key(tensor.first);
    auto& info = *entry.mutable_value();
    info.set_name(tensor.second.name);
    info.set_dtype(tensor.second.type);
    fill_shape(*info.mutable_tensor_shape(), tensor.second.shape);
  };
  for (const auto& input : signature.inputs) fill(*out.add_inputs(), input);
  for (const auto& output : signature.outputs) fill(*out.add_outputs(), output);
  out.set_method_name(signature.method);
}

}  // namespace

std::string serialize(const SavedModelParts& parts) {
  proto::SavedModel out;
  out.set_saved_model_schema_version(1);
  auto& meta = *out.add_meta_graphs();
  auto& info = *meta.mutable_meta_info_def();
  info.add_tags("serve");
  info.set_tensorflow_version(parts.tensorflow_version);
  info.set_stripped_default_attrs(true);
  meta.set_graph_def(parts.graph);
  meta.set_object_graph_def(parts.objects);
  for (const auto& signature : parts.signatures) {
    auto& entry = *meta.add_signature_def();
    entry.set_key(signature.key);
    fill_signature(*entry.mutable_value(), signature);
  }
  if (!parts.saver.restore_op.empty()) {
    auto& saver = *meta.mutable_saver_def();
    saver.set_filename_tensor_name(parts.saver.filename_tensor);
    saver.set_save_tensor_name(parts.saver.save_tensor);
    saver.set_restore_op_name(parts.saver.restore_op);
    saver.set_version(kSaverOfBundles);
  }
  if (!parts.init_op.empty()) {
    auto& entry = *meta.add_collection_def();
    entry.set_key("saved_model_main_op");
    entry.mutable_value()->mutable_node_list()->add_value(parts.init_op);
  }
  return out.SerializeAsString();
}

std::vector<std::string> folder_entries() {
  return {"saved_model.pb", "saved_model.pbtxt", "keras_metadata.pb", "fingerprint.pb", "variables",
          "assets",         "assets.extra"};
}

std::string serialize_keras_metadata(const std::vector<KerasNode>& nodes) {
  proto::KerasMetadata out;
  for (const auto& node : nodes) {
    auto& to = *out.add_nodes();
    to.set_node_id(node.node);
    to.set_node_path(node.path);
    to.set_identifier(node.identifier);
    to.set_metadata(node.metadata);
    to.mutable_version()->set_producer(2);
    to.mutable_version()->set_min_consumer(1);
  }
  return out.SerializeAsString();
}

}  // namespace hornbeam::formats::saved_model
