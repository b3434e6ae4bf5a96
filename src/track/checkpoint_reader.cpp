#include <filesystem>

#include "formats/tensor_bundle/bundle.h"
#include "hornbeam/checkpoint.hpp"
#include "hornbeam/errors.hpp"
#include "track/open.h"

namespace hornbeam::train {

CheckpointReader::CheckpointReader(std::shared_ptr<const formats::tensor_bundle::Bundle> bundle)
    : bundle_(std::move(bundle)) {}

std::map<std::string, Shape> CheckpointReader::get_variable_to_shape_map() const {
  std::map<std::string, Shape> shapes;
  for (const auto& name : bundle_->names()) shapes.emplace(name, bundle_->entry(name).shape);
  return shapes;
}

std::map<std::string, std::string> CheckpointReader::get_variable_to_dtype_map() const {
  std::map<std::string, std::string> types;
  for (const auto& name : bundle_->names()) types.emplace(name, bundle_->entry(name).type_name());
  return types;
}

bool CheckpointReader::has_tensor(const std::string& key) const { return bundle_->has(key); }
Tensor CheckpointReader::get_tensor(const std::string& key) const { return bundle_->read(key); }

CheckpointReader load_checkpoint(const std::string& prefix_or_directory) {
  std::error_code ignored;
  if (!std::filesystem::is_directory(prefix_or_directory, ignored)) {
    return CheckpointReader(track::open_bundle(prefix_or_directory));
  }
  const auto latest = latest_checkpoint(prefix_or_directory);
  if (!latest) {
    throw ValueError("Couldn't find 'checkpoint' file or checkpoints in given directory " + prefix_or_directory);
  }
  return CheckpointReader(track::open_bundle(*latest));
}

std::vector<std::pair<std::string, Shape>> list_variables(const std::string& prefix_or_directory) {
  const auto shapes = load_checkpoint(prefix_or_directory).get_variable_to_shape_map();
  return {shapes.begin(), shapes.end()};
}

Tensor load_variable(const std::string& prefix_or_directory, const std::string& key) {
  return load_checkpoint(prefix_or_directory).get_tensor(key);
}

}  // namespace hornbeam::train
