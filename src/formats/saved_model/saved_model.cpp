#include "formats/saved_model/saved_model.h"

#include <sys/stat.h>

#include <algorithm>
#include <map>
#include <set>
#include <vector>

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
  TensorInfo result{place.text(info.name()), info.dtype(), place.shape(info.tensor_shape())};
  if (info.has_coo_sparse()) {
    const auto& sparse = info.coo_sparse();
    result.sparse = CooSparseInfo{place.text(sparse.indices_tensor_name()), place.text(sparse.values_tensor_name()),
                                  place.text(sparse.dense_shape_tensor_name())};
  }
  result.is_composite = info.has_composite_tensor();
  return result;
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

std::string listed_tags(const proto::SavedModel& model) {
  std::string all;
  for (const auto& graph : model.meta_graphs()) {
    std::string tags;
    for (const auto& tag : graph.meta_info_def().tags()) {
      tags += (tags.empty() ? "" : ", ") + tensor_bundle::in_quotes(tag);
    }
    all += (all.empty() ? "[" : ", [") + tags + "]";
  }
  return all;
}

const proto::MetaGraphDef& graph_with_tags(const proto::SavedModel& model, const std::vector<std::string>& tags) {
  const std::set<std::string> wanted(tags.begin(), tags.end());
  for (const auto& graph : model.meta_graphs()) {
    const auto& own = graph.meta_info_def().tags();
    if (std::set<std::string>(own.begin(), own.end()) == wanted) return graph;
  }
  std::string asked;
  for (const auto& tag : tags) asked += (asked.empty() ? "" : ", ") + tensor_bundle::in_quotes(tag);
  throw RuntimeError("MetaGraphDef associated with tags [" + asked +
                     "] could not be found in SavedModel, with available tags '[" + listed_tags(model) + "]'.");
}

// The one to serve. A lone meta graph is taken whatever its tags are, as TensorFlow does.
const proto::MetaGraphDef& serving_graph(const proto::SavedModel& model, const std::string& file) {
  if (model.meta_graphs_size() == 0) {
    throw FormatError(file, "meta_graphs", "a MetaGraph", "none: the saved_model.pb is empty");
  }
  if (model.meta_graphs_size() == 1) return model.meta_graphs(0);
  for (const auto& graph : model.meta_graphs()) {
    const auto& tags = graph.meta_info_def().tags();
    if (tags.size() == 1 && tags[0] == "serve") return graph;
  }
  throw FormatError(file, "meta_graphs", "a MetaGraph with the tag 'serve'", "tags " + listed_tags(model));
}

// The one node that a collection names; empty when it has none.
std::string lone_node(const proto::CollectionDef& collection, const std::string& key, const Place& place) {
  const auto& nodes = collection.node_list().value();
  if (nodes.size() > 1) place.fail("one node in the collection " + key, std::to_string(nodes.size()));
  return nodes.empty() ? "" : place.text(nodes[0]);
}

void add_variables(SessionParts& parts, const proto::CollectionDef& collection, bool local, const Place& place) {
  for (const auto& bytes : collection.bytes_list().value()) {
    proto::VariableDef variable;
    if (!variable.ParseFromString(bytes)) place.fail("variables in a collection", "bytes that do not parse");
    parts.variables.push_back(
        {place.text(variable.variable_name()), place.text(variable.initializer_name()), false, local});
  }
}

// Those of the graph, or as TensorFlow 1 has them, in a collection.
std::vector<proto::AssetFileDef> asset_files(const proto::MetaGraphDef& graph, const std::string& file) {
  std::vector<proto::AssetFileDef> assets(graph.asset_file_def().begin(), graph.asset_file_def().end());
  for (const auto& entry : graph.collection_def()) {
    if (entry.key() != "saved_model_assets" || graph.asset_file_def_size() > 0) continue;
    for (const auto& any : entry.value().any_list().value()) {
      check_messages(any.value(), MessageKind::asset_file, file, "an asset of the collection");
      if (assets.emplace_back().ParseFromString(any.value())) continue;
      throw FormatError(file, "an asset of the collection", "an AssetFileDef", "bytes that do not parse");
    }
  }
  return assets;
}

// What TensorFlow looks for in the order in which it does.
void add_session_parts(const proto::MetaGraphDef& graph, const std::string& file, SessionParts& parts) {
  const Place place{file, "collections"};
  parts.restore_op = place.text(graph.saver_def().restore_op_name());
  parts.filename_tensor = place.text(graph.saver_def().filename_tensor_name());
  std::map<std::string, const proto::CollectionDef*> collections;
  for (const auto& entry : graph.collection_def()) collections.emplace(entry.key(), &entry.value());
  const auto find = [&](const char* key) -> const proto::CollectionDef& {
    static const proto::CollectionDef none;
    const auto it = collections.find(key);
    return it == collections.end() ? none : *it->second;
  };
  add_variables(parts, find("variables"), false, place);
  add_variables(parts, find("local_variables"), true, place);
  SessionParts trainable;
  add_variables(trainable, find("trainable_variables"), false, place);
  std::set<std::string> names;
  for (const auto& variable : trainable.variables) names.insert(variable.name);
  for (auto& variable : parts.variables) variable.trainable = names.contains(variable.name);
  for (const auto& node : find("table_initializer").node_list().value()) {
    parts.table_initializers.push_back(place.text(node));
  }
  for (const auto& entry : graph.signature_def()) {
    if (entry.key() != "__saved_model_init_op") continue;
    for (const auto& output : entry.value().outputs()) {
      if (output.key() == entry.key()) parts.init_op = place.text(output.value().name());
    }
  }
  for (const auto* key : {"saved_model_main_op", "legacy_init_op"}) {
    if (parts.init_op.empty()) parts.init_op = lone_node(find(key), key, place);
  }
}

}  // namespace

std::shared_ptr<const SavedModel> SavedModel::open(const std::string& folder, const Tags& tags) {
  const auto path = folder + "/saved_model.pb";
  if (!is_there(path)) {
    if (is_there(folder + "/saved_model.pbtxt")) {
      throw NotImplementedError("reading SavedModels as text (saved_model.pbtxt) is not yet supported: " + folder);
    }
    throw OSError("SavedModel file does not exist at: " + folder + "/{saved_model.pbtxt|saved_model.pb}");
  }
  const auto mapped = base::MappedFile::open(path);
  auto result = std::const_pointer_cast<SavedModel>(from_bytes(tensor_bundle::as_text(mapped->bytes()), path, tags));
  result->folder_ = folder;
  return result;
}

std::shared_ptr<const SavedModel> SavedModel::from_bytes(std::string_view bytes, const std::string& file,
                                                         const Tags& tags) {
  proto::SavedModel model;
  parse_into(model, bytes, MessageKind::saved_model, file);
  const auto& graph = tags ? graph_with_tags(model, *tags) : serving_graph(model, file);
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
  for (const auto& asset : asset_files(graph, file)) {
    result->assets_.push_back(place.text(asset.filename()));
    result->session_.asset_tensors.push_back(place.text(asset.tensor_info().name()));
  }
  result->objects_ = parse_object_graph(graph.object_graph_def(), file);
  if (!result->has_objects()) add_session_parts(graph, file, result->session_);
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

bool SavedModel::has_variables() const { return is_there(variables_prefix() + ".index"); }

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
