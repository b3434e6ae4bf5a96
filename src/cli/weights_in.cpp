#include "cli/weights_in.h"

#include <filesystem>

#include "formats/file_kind.h"
#include "formats/hdf5/hdf5.h"
#include "hornbeam/checkpoint.hpp"
#include "hornbeam/npy.hpp"
#include "keras/saving/v3_shards.h"

namespace hornbeam::cli {
namespace {

namespace hdf5 = formats::hdf5;
using formats::FileKind;
using Arrays = std::map<std::string, Tensor>;

void add_all(const hdf5::Group& root, Arrays& arrays) {
  hdf5::visit_objects(
      root, {.group = [](const hdf5::Group&) {},
             .dataset = [&](const hdf5::Dataset& dataset) { arrays[dataset.path()] = read_v3_tensor(dataset, true); }});
}

Arrays of_checkpoint(const std::string& prefix) {
  const auto reader = train::load_checkpoint(prefix);
  Arrays arrays;
  for (const auto& [key, shape] : reader.get_variable_to_shape_map()) arrays[key] = reader.get_tensor(key);
  arrays.erase("_CHECKPOINTABLE_OBJECT_GRAPH");
  return arrays;
}

}  // namespace

std::string checkpoint_at(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) return train::latest_checkpoint(path).value_or("");
  return std::filesystem::exists(path + ".index", ignored) ? path : "";
}

std::optional<Arrays> weights_in(const std::string& path) {
  if (const auto prefix = checkpoint_at(path); !prefix.empty()) return of_checkpoint(prefix);
  const auto kind = formats::kind_of(path);
  Arrays arrays;
  if (kind.kind == FileKind::npz) {
    for (auto& [name, array] : load_npz(path)) arrays[name] = array;
    return arrays;
  }
  if (kind.kind == FileKind::hdf5) {
    const auto root = hdf5::File::from_mapping(kind.file)->root();
    if (root.has_attribute("model_config")) return std::nullopt;
    add_all(root, arrays);
    return arrays;
  }
  if (kind.kind != FileKind::json) return std::nullopt;
  const auto index = shard_index_of(*kind.file);
  if (!index) return std::nullopt;
  const auto store = open_shards(*index, path);
  for (const auto& root : store.roots()) add_all(root, arrays);
  return arrays;
}

}  // namespace hornbeam::cli
