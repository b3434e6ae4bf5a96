#include <algorithm>
#include <array>
#include <ostream>

#include "cli/inspect.h"
#include "formats/saved_model/saved_model.h"
#include "formats/tensor_bundle/bundle.h"
#include "hornbeam/errors.hpp"

namespace hornbeam::cli {
namespace {

namespace sm = formats::saved_model;
namespace tb = formats::tensor_bundle;

// TensorFlow's names of its types, by number.
constexpr std::array kTypeNames = {
    "DT_INVALID",   "DT_FLOAT",  "DT_DOUBLE",     "DT_INT32", "DT_UINT8",    "DT_INT16",   "DT_INT8",     "DT_STRING",
    "DT_COMPLEX64", "DT_INT64",  "DT_BOOL",       "DT_QINT8", "DT_QUINT8",   "DT_QINT32",  "DT_BFLOAT16", "DT_QINT16",
    "DT_QUINT16",   "DT_UINT16", "DT_COMPLEX128", "DT_HALF",  "DT_RESOURCE", "DT_VARIANT", "DT_UINT32",   "DT_UINT64"};

std::string type_name(int type) {
  const auto index = static_cast<std::size_t>(type);
  return type >= 0 && index < kTypeNames.size() ? kTypeNames[index] : "DT_" + std::to_string(type);
}

Config tensors(const std::vector<std::pair<std::string, sm::TensorInfo>>& list) {
  auto result = Config::dict();
  for (const auto& [name, info] : list) {
    result.set(name, Config{{"dtype", type_name(info.type)},
                            {"shape", info.shape.has_rank() ? Config(info.shape.dims()) : Config()},
                            {"name", info.name}});
  }
  return result;
}

// Keras's word on the root, where it has one.
void tell_keras(const sm::SavedModel& file, Config& found) {
  std::vector<sm::KerasNode> nodes;
  try {
    nodes = file.read_keras_nodes();
  } catch (const FormatError&) {
    throw;
  } catch (const ValueError&) {
    found.set("keras_version", Config());  // left out: the rest can still be told
  }
  const auto root = std::find_if(nodes.begin(), nodes.end(), [](const auto& node) { return node.node == 0; });
  if (root == nodes.end()) return;
  const auto metadata = Config::parse(root->metadata, file.file_name() + " (JSON of the model's metadata)");
  for (const auto* key : {"keras_version", "backend", "class_name", "training_config"}) {
    if (const auto* value = metadata.find(key)) found.set(key, *value);
  }
}

void print_tensors(std::ostream& out, const char* kind, const Config& tensors) {
  out << "  The given SavedModel SignatureDef contains the following " << kind << "(s):\n";
  for (const auto& [name, info] : tensors.as_dict()) {
    const auto& shape = info.at("shape");
    std::string text = "unknown_rank";
    if (!shape.is_null()) {
      text = shape.dump();
      text.front() = '(', text.back() = ')';
    }
    out << "    " << kind << "s['" << name << "'] tensor_info:\n        dtype: " << info.at("dtype").as_string()
        << "\n        shape: " << text << "\n        name: " << info.at("name").as_string() << "\n";
  }
}

}  // namespace

void inspect_saved_model(const std::string& path, Config& found) {
  const auto file = sm::SavedModel::open(path);
  found.set("format", "saved_model");
  tell_keras(*file, found);
  auto list = Config::list();
  std::int64_t bytes = 0;
  // A graph without variables may have no folder of them.
  const bool none = !file->has_objects() && !file->has_variables();
  const auto bundle = none ? nullptr : tb::Bundle::open(file->variables_prefix());
  for (const auto& name : none ? std::vector<std::string>() : bundle->names()) {
    if (name == tb::kObjectGraphKey) continue;
    const auto& entry = bundle->entry(name);
    list.push_back(Config{{"path", name}, {"dtype", entry.type_name()}, {"shape", Config(entry.shape.dims())}});
    bytes += entry.size;
  }
  found.set("tensors", list).set("tensor_bytes", bytes).set("tags", Config(file->tags()));
  auto signatures = Config::dict();
  for (const auto& signature : file->signatures()) {
    signatures.set(signature.key, Config{{"inputs", tensors(signature.inputs)},
                                         {"outputs", tensors(signature.outputs)},
                                         {"method_name", signature.method}});
  }
  found.set("signatures", signatures);
}

void print_signatures(std::ostream& out, const Config& found) {
  std::string tags;
  for (const auto& tag : found.at("tags").as_list()) tags += (tags.empty() ? "'" : ", '") + tag.as_string() + "'";
  out << "MetaGraphDef with tag-set: " << tags << " contains the following SignatureDefs:\n";
  for (const auto& [key, signature] : found.at("signatures").as_dict()) {
    out << "\nsignature_def['" << key << "']:\n";
    print_tensors(out, "input", signature.at("inputs"));
    print_tensors(out, "output", signature.at("outputs"));
    out << "  Method name is: " << signature.at("method_name").as_string() << "\n";
  }
}

}  // namespace hornbeam::cli
