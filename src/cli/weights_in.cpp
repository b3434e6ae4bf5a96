#include "cli/weights_in.h"

#include <filesystem>
#include <iterator>
#include <vector>

#include "formats/file_kind.h"
#include "formats/hdf5/hdf5.h"
#include "formats/tensor_bundle/object_graph.h"
#include "hornbeam/checkpoint.hpp"
#include "hornbeam/errors.hpp"
#include "hornbeam/npy.hpp"
#include "keras/saving/checkpoint_weights.h"
#include "keras/saving/h5_weights.h"
#include "keras/saving/v3_shards.h"
#include "track/open.h"

namespace hornbeam::cli {
namespace {

namespace hdf5 = formats::hdf5;
using formats::FileKind;
using Arrays = std::map<std::string, Tensor>;

Arrays of_h5(const std::vector<hdf5::Group>& roots) {
  std::vector<hdf5::Dataset> datasets;
  for (const auto& root : roots) {
    hdf5::visit_objects(root, {.group = [](const hdf5::Group&) {},
                               .dataset = [&](const hdf5::Dataset& dataset) { datasets.push_back(dataset); }});
  }
  check_held_by_file(datasets);
  Arrays arrays;
  for (const auto& dataset : datasets) {
    if (arrays.emplace(dataset.path(), read_v3_tensor(dataset, true)).second) continue;
    throw FormatError(dataset.file_name(), dataset.path(), "each number in one shard", "it in two");
  }
  return arrays;
}

Arrays of_checkpoint(const std::string& prefix) {
  const auto bundle = track::open_bundle(prefix);
  Arrays arrays;
  for (const auto& key : bundle->names()) {
    if (key != formats::tensor_bundle::kObjectGraphKey) arrays.emplace(key, bundle->map(key));
  }
  return arrays;
}

}  // namespace

std::string checkpoint_at(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_regular_file(path, ignored)) return "";
  const bool folder = std::filesystem::is_directory(path, ignored);
  if (folder && formats::kind_of(path).kind == FileKind::saved_model) return "";
  if (is_checkpoint(path)) return path;
  if (!folder) return "";
  return train::latest_checkpoint(path).value_or("");
}

std::optional<Arrays> weights_in(const std::string& path) {
  if (const auto prefix = checkpoint_at(path); !prefix.empty()) return of_checkpoint(prefix);
  const auto kind = formats::kind_of(path);
  if (kind.kind == FileKind::npz) {
    auto arrays = load_npz(path);
    return Arrays(std::make_move_iterator(arrays.begin()), std::make_move_iterator(arrays.end()));
  }
  if (kind.kind == FileKind::hdf5) {
    const auto root = hdf5::File::from_mapping(kind.file)->root();
    if (root.has_attribute("model_config")) return std::nullopt;
    return of_h5({root});
  }
  if (kind.kind != FileKind::json) return std::nullopt;
  const auto index = shard_index_of(*kind.file);
  if (!index) return std::nullopt;
  return of_h5(open_shards(*index, path).roots());
}

}  // namespace hornbeam::cli
