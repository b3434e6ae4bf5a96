#include "formats/saved_model/saved_model.h"

#include <sys/stat.h>

#include <algorithm>

#include "base/mapped_file.h"
#include "formats/saved_model/convert.h"
#include "formats/saved_model/messages.h"
#include "formats/tensor_bundle/bytes.h"
#include "hornbeam/errors.hpp"
#include "hornbeam_proto/keras_metadata.pb.h"
#include "hornbeam_proto/saved_model.pb.h"

namespace hornbeam::formats::saved_model {
namespace {

bool is_there(const std::string& path) {
  struct stat st {};
  return ::stat(path.c_str(), &st) == 0;
}

template <class Message>
void parse_into(Message& message, std::string_view bytes, MessageKind kind, const std::string& file) {
  check_messages(bytes, kind, file, "the file");
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    throw FormatError(file, "the file", kind == MessageKind::saved_model ? "a SavedModel" : "Keras metadata",
                      "bytes that do not parse");
  }
}

TensorInfo tensor_info(const proto::TensorInfo& info, const Place& place) {
  return {place.text(info.name()), info.dtype(), place.shape(info.tensor_shape())};
}

template <class Entries>
std::vector<std::pair<std::string, TensorInfo>> tensors_of(const Entries& entries, const Place& place) {
  std::vector<std::pair<std::string, TensorInfo>> result;
  for (const auto& entry : entries) {
    result.emplace_back(place.text(entry.key()), tensor_info(entry.value(), place));
  }
  std::sort(result.begin(), result.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  return result;
}

// The one to serve. A lone meta graph is taken whatever its tags are, as TensorFlow does.
const proto::MetaGraphDef& serving_graph(const proto::SavedModel& model, const std::string& file) {
  if (model.meta_graphs_size() == 0) {
    throw FormatError(file, "meta_graphs", "a MetaGraph", "none: the saved_model.pb is empty");
  }
  if (model.meta_graphs_size() == 1) return model.meta_graphs(0);
  std::string found;
  for (const auto& graph : model.meta_graphs()) {
    const auto& tags = graph.meta_info_def().tags();
    if (tags.size() == 1 && tags[0] == "serve") return graph;
    for (const auto& tag : tags) found += (found.empty() ? "" : ", ") + tensor_bundle::in_quotes(tag);
  }
  throw FormatError(file, "meta_graphs", "a MetaGraph with the tag 'serve'", "tags " + found);
}

}  // namespace

std::shared_ptr<const SavedModel> SavedModel::open(const std::string& folder) {
  const auto path = folder + "/saved_model.pb";
  if (!is_there(path)) {
    if (is_there(folder + "/saved_model.pbtxt")) {
      throw NotImplementedError("reading SavedModels as text (saved_model.pbtxt) is not yet supported: " + folder);
    }
    throw OSError("SavedModel file does not exist at: " + folder + "/{saved_model.pbtxt|saved_model.pb}");
  }
  const auto mapped = base::MappedFile::open(path);
  auto result = std::const_pointer_cast<SavedModel>(from_bytes(tensor_bundle::as_text(mapped->bytes()), path));
  result->folder_ = folder;
  return result;
}

std::shared_ptr<const SavedModel> SavedModel::from_bytes(std::string_view bytes, const std::string& file) {
  proto::SavedModel model;
  parse_into(model, bytes, MessageKind::saved_model, file);
  const auto& graph = serving_graph(model, file);
  const std::shared_ptr<SavedModel> result(new SavedModel);
  result->file_ = file;
  const Place place{file, "the meta graph"};
  for (const auto& tag : graph.meta_info_def().tags()) result->tags_.push_back(place.text(tag));
  result->version_ = place.text(graph.meta_info_def().tensorflow_version());
  for (const auto& entry : graph.signature_def()) {
    const Place at{file, "signature " + tensor_bundle::in_quotes(entry.key())};
    result->signatures_.push_back({at.text(entry.key()), tensors_of(entry.value().inputs(), at),
                                   tensors_of(entry.value().outputs(), at), at.text(entry.value().method_name())});
  }
  std::sort(result->signatures_.begin(), result->signatures_.end(),
            [](const Signature& a, const Signature& b) { return a.key < b.key; });
  for (const auto& asset : graph.asset_file_def()) result->assets_.push_back(place.text(asset.filename()));
  result->objects_ = parse_object_graph(graph.object_graph_def(), file);
  result->graph_ = graph.graph_def();
  for (std::size_t i = 0; i < result->objects_.nodes.size(); ++i) {
    const auto* asset = std::get_if<AssetObject>(&result->objects_.nodes[i].what);
    if (!asset || (asset->file >= 0 && static_cast<std::size_t>(asset->file) < result->assets_.size())) continue;
    throw FormatError(file, "object graph, node " + std::to_string(i),
                      "the index of one of " + std::to_string(result->assets_.size()) + " asset files",
                      std::to_string(asset->file));
  }
  return result;
}

std::string SavedModel::asset_path(std::size_t index) const {
  const auto& name = assets_.at(index);
  const Place place{file_, "asset " + tensor_bundle::in_quotes(name)};
  std::string path = folder_ + "/assets";
  struct stat st {};
  for (std::size_t from = 0; from <= name.size();) {
    const auto to = std::min(name.find('/', from), name.size());
    const auto part = name.substr(from, to - from);
    if (part.empty() || part == "." || part == ".." || part.find('\0') != part.npos) {
      place.fail("the path of a file below assets", "one that leads outside");
    }
    path += "/" + part;
    if (::lstat(path.c_str(), &st) != 0)
      throw OSError(path + ": No such file or directory (an asset of " + file_ + ")");
    if (S_ISLNK(st.st_mode)) place.fail("a file below assets", "a link");
    from = to + 1;
  }
  if (!S_ISREG(st.st_mode)) place.fail("a file below assets", "something else");
  return path;
}

// Inside, as before TensorFlow 2.5: then a keras_metadata.pb may be of an older save, for 2.2 leaves it there.
std::vector<KerasNode> SavedModel::read_keras_nodes() const {
  const auto path = folder_ + "/keras_metadata.pb";
  std::vector<KerasNode> inside;
  bool all = true;
  for (std::size_t i = 0; i < objects_.nodes.size(); ++i) {
    const auto* object = objects_.nodes[i].user_object();
    if (!object || !object->identifier.starts_with("_tf_keras_")) continue;
    all = all && !object->metadata.empty();
    inside.push_back({static_cast<std::int32_t>(i), "", object->identifier, object->metadata});
  }
  if (all && !inside.empty()) return inside;
  if (!folder_.empty() && is_there(path)) {
    const auto mapped = base::MappedFile::open(path);
    auto nodes = parse_keras_metadata(tensor_bundle::as_text(mapped->bytes()), path);
    for (const auto& node : nodes) {
      if (node.node >= 0 && static_cast<std::size_t>(node.node) < objects_.nodes.size()) continue;
      throw FormatError(path, node.path, "one of " + std::to_string(objects_.nodes.size()) + " nodes",
                        "node " + std::to_string(node.node));
    }
    return nodes;
  }
  if (all) return {};
  throw ValueError(
      "Unable to create a Keras model from this SavedModel. This SavedModel was created with `tf.saved_model.save`, "
      "and lacks the Keras metadata. Please save your Keras model by calling `model.save` or "
      "`tf.keras.models.save_model`: " +
      folder_);
}

std::vector<KerasNode> parse_keras_metadata(std::string_view bytes, const std::string& file) {
  proto::KerasMetadata metadata;
  parse_into(metadata, bytes, MessageKind::keras_metadata, file);
  std::vector<KerasNode> nodes;
  for (const auto& node : metadata.nodes()) {
    const Place place{file, "node " + std::to_string(nodes.size())};
    nodes.push_back(
        {node.node_id(), place.text(node.node_path()), place.text(node.identifier()), place.text(node.metadata())});
  }
  return nodes;
}

}  // namespace hornbeam::formats::saved_model
