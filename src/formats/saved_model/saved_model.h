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
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "formats/saved_model/graph_def.h"
#include "formats/saved_model/object_graph.h"

namespace hornbeam::formats::saved_model {

// A sparse tensor is three, by their names.
struct CooSparseInfo {
  std::string indices, values, dense_shape;
};

struct TensorInfo {
  std::string name;  // "serving_default_x:0"; an operation's has no ":0"
  int type = 0;      // TensorFlow's number
  Shape shape;
  std::optional<CooSparseInfo> sparse = {};  // then there is no name
  bool is_composite = false;                 // a ragged tensor, say: neither
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

// A variable as the collections of a graph of TensorFlow 1 have it.
struct CollectedVariable {
  std::string name, initializer;  // "dense/kernel:0", "dense/kernel/Assign"
  bool trainable = false, local = false;
};

// What goes with a graph that was saved without objects, as Estimators and tf.compat.v1.saved_model do. Names are of
// nodes ("init") and tensors ("save/Const:0") of the main graph; empty where there is none.
struct SessionParts {
  std::string restore_op, filename_tensor;
  std::string init_op;                          // saved_model_main_op, or what came before it
  std::vector<std::string> table_initializers;  // what is run where there is no such op
  std::vector<CollectedVariable> variables;     // global, then local ones
  std::vector<std::string> asset_tensors;       // of each of SavedModel::assets() the tensor that its path is fed to
};

class SavedModel {
 public:
  // `tags`: of the meta graph to take, as they are; by default the lone one, or that with the tag 'serve'. Throws
  // OSError in Keras's words when there is no SavedModel in the folder, RuntimeError when none has these tags.
  using Tags = std::optional<std::vector<std::string>>;
  static std::shared_ptr<const SavedModel> open(const std::string& folder, const Tags& tags = {});
  // Bytes of saved_model.pb (tests, fuzzing).
  static std::shared_ptr<const SavedModel> from_bytes(std::string_view bytes, const std::string& file,
                                                      const Tags& tags = {});

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
  // Whether it was saved as objects. One that was not has the graph and `session` alone.
  bool has_objects() const { return !objects_.nodes.empty(); }
  const SessionParts& session() const { return session_; }
  bool has_variables() const;  // the folder has an index of them
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
  SessionParts session_;
};

// Nodes of keras_metadata.pb. Throws FormatError.
std::vector<KerasNode> parse_keras_metadata(std::string_view bytes, const std::string& file);

// TensorFlow's number of a type as Hornbeam's; DType::invalid when it has none.
DType dtype_of_number(int type);

}  // namespace hornbeam::formats::saved_model
