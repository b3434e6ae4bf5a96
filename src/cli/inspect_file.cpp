#include "cli/inspect.h"
#include "cli/verbs.h"
#include "cli/weights_in.h"
#include "formats/file_kind.h"
#include "formats/hdf5/hdf5.h"
#include "formats/keras_v3/archive.h"
#include "hornbeam/errors.hpp"
#include "hornbeam/npy.hpp"
#include "keras/saving/v3_shards.h"
#include "track/open.h"

namespace hornbeam::cli {
namespace {

namespace hdf5 = formats::hdf5;
using formats::FileKind;
using Mapping = std::shared_ptr<const base::MappedFile>;

// Some of Keras's numbers are none of HDF5's.
std::string dtype_text(const hdf5::Dataset& dataset) {
  try {
    return std::string(name_of(v3_dtype(dataset)));
  } catch (const FormatError&) {
    return "opaque";
  }
}

class Tensors {
 public:
  void add(const std::string& path, std::string_view dtype, const Config& shape, std::uint64_t bytes) {
    list_.push_back(Config{{"path", path}, {"dtype", dtype}, {"shape", shape}});
    bytes_ += bytes;
  }
  void add_all(const hdf5::Group& root) {
    hdf5::visit_objects(root, {.group = [](const hdf5::Group&) {},
                               .dataset =
                                   [&](const hdf5::Dataset& dataset) {
                                     add(dataset.path(), dtype_text(dataset), Config(dataset.shape()),
                                         dataset.byte_size());
                                   }});
  }
  void add(const std::string& path, const Tensor& tensor) {
    const auto elements = static_cast<std::uint64_t>(tensor.num_elements());
    const auto size = tensor.dtype() == DType::string ? 0 : size_of(tensor.dtype());
    add(path, name_of(tensor.dtype()), Config(tensor.shape().dims()), elements * size);
  }
  void tell(Config& found) const { found.set("tensors", list_).set("tensor_bytes", static_cast<std::int64_t>(bytes_)); }

 private:
  Config list_ = Config::list();
  std::uint64_t bytes_ = 0;
};

std::string_view text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

Config json_attribute(const hdf5::Object& object, const char* name) {
  if (!object.has_attribute(name)) return {};
  return Config::parse(object.attribute(name).as_string(), object.file_name() + " (JSON of " + name + ")");
}

// Weights alone, in the layout of Keras 2's files or of Keras 3's; or a file that is none of Keras's.
const char* format_of_weights(const hdf5::Group& root) {
  if (hdf5::has_attribute_strings(root, "layer_names")) return "weights_h5";
  return V3Store::is_v3(root) ? "weights_v3_h5" : "hdf5";
}

void inspect_h5(const Mapping& mapping, Config& found, Tensors& tensors) {
  const auto root = hdf5::File::from_mapping(mapping)->root();
  const auto text = [&](const char* name) {
    for (const auto& group : {root, root.has("model_weights") ? root.group("model_weights") : root}) {
      if (group.has_attribute(name)) return Config(group.attribute(name).as_string());
    }
    return Config();
  };
  const auto model = json_attribute(root, "model_config");
  found.set("format", model.is_null() ? format_of_weights(root) : "h5")
      .set("keras_version", text("keras_version"))
      .set("backend", text("backend"))
      .set("class_name", model.is_dict() ? Config(model.get_string("class_name", "")) : Config())
      .set("training_config", json_attribute(root, "training_config"));
  tensors.add_all(root);
}

// A model's config as to_json and the archives of Keras 3 have it.
void inspect_config(std::string_view json, const std::string& source, Config& found) {
  const auto config = parse_model_config(json, source);
  for (const auto* key : {"keras_version", "backend", "class_name"}) {
    if (const auto* value = config.find(key)) found.set(key, *value);
  }
  if (const auto* compiled = config.find("compile_config")) found.set("training_config", *compiled);
}

void inspect_archive(const formats::KindFound& kind, Config& found, Tensors& tensors) {
  const formats::keras_v3::Archive archive(kind.zip);
  const auto& path = kind.file->path();
  inspect_config(archive.config(), path + "/config.json", found);
  if (archive.has_metadata()) {
    const auto metadata = Config::parse(archive.metadata(), path + "/metadata.json");
    if (const auto* version = metadata.find("keras_version")) found.set("keras_version", *version);
  }
  if (archive.has_weights()) tensors.add_all(archive.weights()->root());
}

// A model's config, or the index of weights that lie in several files beside it.
void inspect_json(const Mapping& mapping, Config& found, Tensors& tensors) {
  if (const auto index = shard_index_of(*mapping)) {
    found.set("format", "weights_v3_h5");
    const auto store = open_shards(*index, mapping->path());
    for (const auto& root : store.roots()) tensors.add_all(root);
    return;
  }
  found.set("format", "json");
  inspect_config(text_of(mapping->bytes()), mapping->path(), found);
}

void inspect_checkpoint(const std::string& prefix, Config& found, Tensors& tensors) {
  const auto bundle = track::open_bundle(prefix);
  found.set("format", "checkpoint");
  for (const auto& key : bundle->names()) {
    const auto& entry = bundle->entry(key);
    tensors.add(key, entry.type_name(), Config(entry.shape.dims()), static_cast<std::uint64_t>(entry.size));
  }
}

}  // namespace

Config inspect_file(const std::string& path) {
  Config found{{"path", path},        {"format", Config()},         {"keras_version", Config()},
               {"backend", Config()}, {"class_name", Config()},     {"tensors", Config()},
               {"tensor_bytes", 0},   {"training_config", Config()}};
  Tensors tensors;
  if (const auto prefix = checkpoint_at(path); !prefix.empty()) {
    inspect_checkpoint(prefix, found, tensors);
    tensors.tell(found);
    return found;
  }
  const auto kind = formats::kind_of(path);
  switch (kind.kind) {
    case FileKind::hdf5:
      inspect_h5(kind.file, found, tensors);
      break;
    case FileKind::json:
      inspect_json(kind.file, found, tensors);
      break;
    case FileKind::keras_v3:
      found.set("format", "keras_v3");
      inspect_archive(kind, found, tensors);
      break;
    case FileKind::npy:
      found.set("format", "npy");
      tensors.add("", load_npy(path));
      break;
    case FileKind::npz:
      found.set("format", "npz");
      for (const auto& [name, tensor] : load_npz(path)) tensors.add(name, tensor);
      break;
    case FileKind::saved_model:
      inspect_saved_model(path, found);
      return found;
    case FileKind::folder:
    case FileKind::zip:
    case FileKind::other:
      throw FormatError(path, "", "a file of a model, its config, weights or arrays", kind.text);
  }
  tensors.tell(found);
  return found;
}

}  // namespace hornbeam::cli
