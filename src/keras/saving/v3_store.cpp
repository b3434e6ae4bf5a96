#include "keras/saving/v3_store.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "hornbeam/errors.hpp"
#include "keras/saving/h5_weights.h"

namespace hornbeam {
namespace {

namespace hdf5 = formats::hdf5;

constexpr const char* kOldLayers = "_layer_checkpoint_dependencies";

// "layers" in whatever place, as Keras looks for older files' names.
std::string with_old_names(std::string path) {
  const std::string layers = "layers";
  for (auto at = path.find(layers); at != path.npos; at = path.find(layers, at + std::string(kOldLayers).size())) {
    path.replace(at, layers.size(), kOldLayers);
  }
  return path;
}

std::optional<std::size_t> number_of(const std::string& key) {
  std::size_t n = 0;
  const auto* end = key.data() + key.size();
  const auto [stop, error] = std::from_chars(key.data(), end, n);
  if (error != std::errc() || stop != end || std::to_string(n) != key) return {};
  return n;
}

}  // namespace

V3Store::V3Store(std::vector<hdf5::Group> roots) : roots_(std::move(roots)) {
  old_names_ = std::ranges::any_of(roots_, [](const hdf5::Group& root) { return root.has(kOldLayers); });
}

bool V3Store::is_v3(const hdf5::Group& root) {
  if (root.has("layers") || root.has("vars") || root.has(kOldLayers)) return true;
  // A subclass's attributes.
  return std::ranges::any_of(root.hard_keys(), [&](const std::string& key) {
    return root.kind(key) == hdf5::Kind::group && root.group(key).has("vars");
  });
}

std::vector<hdf5::Dataset> V3Store::variables(const std::string& path) const {
  const auto place = (path.empty() ? "" : (old_names_ ? with_old_names(path) : path) + "/") + "vars";
  std::map<std::size_t, hdf5::Dataset> found;
  for (const auto& root : roots_) {
    if (!root.has(place)) continue;
    const auto group = root.group(place);
    for (const auto& key : group.keys()) {
      if (key == kIdfWeights) continue;  // named()
      const auto n = number_of(key);
      if (!n) throw FormatError(group.file_name(), group.path(), "datasets that are numbered", "'" + key + "'");
      if (!found.emplace(*n, group.dataset(key)).second) {
        throw FormatError(group.file_name(), group.path(), "each number in one shard", key + " in two");
      }
    }
  }
  if (!found.empty() && found.rbegin()->first >= found.size()) {
    throw FormatError(roots_[0].file_name(), "/" + place, "datasets 0 to " + std::to_string(found.size() - 1),
                      std::to_string(found.rbegin()->first));
  }
  std::vector<hdf5::Dataset> datasets;
  for (auto& [n, dataset] : found) datasets.push_back(std::move(dataset));
  return datasets;
}

std::optional<hdf5::Dataset> V3Store::named(const std::string& path, const std::string& name) const {
  const auto place = (path.empty() ? "" : (old_names_ ? with_old_names(path) : path) + "/") + "vars";
  for (const auto& root : roots_) {
    if (root.has(place) && root.group(place).has(name)) return root.group(place).dataset(name);
  }
  return std::nullopt;
}

std::vector<std::string> V3Store::dataset_paths() const {
  std::vector<std::string> paths;
  for (const auto& root : roots_) {
    hdf5::visit_objects(root, {{}, [&](const hdf5::Dataset& dataset) { paths.push_back(dataset.path().substr(1)); }});
  }
  return paths;
}

DType v3_dtype(const hdf5::Dataset& dataset) {
  if (dataset.dtype() != DType::invalid) return dataset.dtype();
  const auto said = dataset.has_attribute("dtype") ? dataset.attribute("dtype").as_string() : std::string();
  if (said == "bfloat16" && dataset.element_size() == size_of(DType::bfloat16)) return DType::bfloat16;
  throw FormatError(dataset.file_name(), dataset.path(), "numbers",
                    "opaque values of " + std::to_string(dataset.element_size()) + " bytes" +
                        (said.empty() ? "" : " of dtype '" + said + "'"));
}

Tensor read_v3_tensor(const hdf5::Dataset& dataset, bool map) {
  const auto dtype = v3_dtype(dataset);
  if (dtype == dataset.dtype()) return read_h5_tensor(dataset, map);
  auto value = Tensor::empty(dtype, Shape(dataset.shape()));
  dataset.read({value.mutable_raw(), value.bytes()});
  return value;
}

}  // namespace hornbeam
