// A SavedModel folder, to read: saved_model.pb, keras_metadata.pb, and where its variables and assets are. SPEC.md
// lists the bytes.
//
//   const auto file = saved_model::SavedModel::open("my_model");
//   for (const auto& node : file->objects().nodes) ...
//   const auto bundle = tensor_bundle::Bundle::open(file->variables_prefix());
//
// Opening reads the object graph and the signatures; read_graph() and read_keras_nodes() read the rest when asked. Any
// bytes give values or an error: FormatError (file, place, expected, found). Nothing is allocated that the files' sizes
// do not justify. Thread-safety: immutable.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "formats/saved_model/graph_def.h"
#include "formats/saved_model/object_graph.h"

namespace hornbeam::formats::saved_model {

struct TensorInfo {
  std::string name;  // "serving_default_x:0"
  int type = 0;      // TensorFlow's number
  Shape shape;
};

struct Signature {
  std::string key;
  std::vector<std::pair<std::string, TensorInfo>> inputs, outputs;  // sorted by name
  std::string method;
};

// A node of keras_metadata.pb, or what stands for it inside the object graph.
struct KerasNode {
  std::int32_t node = 0;
  std::string path;        // "root.layer-0"; empty where the object graph has it
  std::string identifier;  // "_tf_keras_layer"
  std::string metadata;    // JSON
};

class SavedModel {
 public:
  // Throws OSError in Keras's words when there is none in the folder.
  static std::shared_ptr<const SavedModel> open(const std::string& folder);
  // Bytes of saved_model.pb (tests, fuzzing).
  static std::shared_ptr<const SavedModel> from_bytes(std::string_view bytes, const std::string& file);

  const std::string& file_name() const { return file_; }
  // Prefix of the bundle of variables.
  std::string variables_prefix() const { return folder_ + "/variables/variables"; }
  const std::vector<std::string>& tags() const { return tags_; }
  const std::string& tensorflow_version() const { return version_; }
  const std::vector<Signature>& signatures() const { return signatures_; }  // sorted by key
  // Names of files below the folder `assets`.
  const std::vector<std::string>& assets() const { return assets_; }
  // Where such a file is. Throws FormatError unless it is a regular file below the folder: no link, no "..".
  std::string asset_path(std::size_t index) const;
  const SavedObjectGraph& objects() const { return objects_; }
  // Reads what Keras says of the objects that it saved, the root first if it is one: what the object graph has of it,
  // or where it has none, keras_metadata.pb. Empty when Keras did not save it. Throws FormatError.
  std::vector<KerasNode> read_keras_nodes() const;
  // Reads nodes and functions. Throws FormatError.
  GraphDef read_graph() const { return parse_graph(graph_, file_); }

 private:
  SavedModel() = default;

  std::string folder_, file_, version_, graph_;
  std::vector<std::string> tags_, assets_;
  std::vector<Signature> signatures_;
  SavedObjectGraph objects_;
};

// Nodes of keras_metadata.pb. Throws FormatError.
std::vector<KerasNode> parse_keras_metadata(std::string_view bytes, const std::string& file);

// TensorFlow's number of a type as Hornbeam's; DType::invalid when it has none.
DType dtype_of_number(int type);

}  // namespace hornbeam::formats::saved_model
