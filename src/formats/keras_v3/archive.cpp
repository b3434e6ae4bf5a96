#include "formats/keras_v3/archive.h"

#include <algorithm>
#include <string_view>

#include "formats/keras_v3/members.h"
#include "hornbeam/errors.hpp"

namespace hornbeam::formats::keras_v3 {
namespace {

constexpr std::string_view kAssets = "assets/";

// No name is ever used as a path; but one that leads elsewhere was made by nobody's Keras.
bool leads_elsewhere(std::string_view name) {
  if (name.empty() || name.front() == '/' || name.find('\\') != name.npos || name.find('\0') != name.npos) return true;
  for (std::size_t begin = 0; begin <= name.size();) {
    const auto end = std::min(name.find('/', begin), name.size());
    if (name.substr(begin, end - begin) == "..") return true;
    begin = end + 1;
  }
  return false;
}

}  // namespace

Archive::Archive(std::shared_ptr<const base::ZipReader> zip) : path_(zip->path()), zip_(std::move(zip)) {
  for (const auto& member : zip_->members()) {
    if (leads_elsewhere(member.name)) {
      throw FormatError(path_, "member '" + member.name + "'", "a name below the archive's folder",
                        "a path to somewhere else");
    }
  }
  if (!zip_->has(kConfig)) throw FormatError(path_, "zip archive", std::string("a member ") + kConfig, "none");
}

std::string Archive::text_of(const std::string& member) const {
  for (const auto& m : zip_->members()) {
    if (m.name == member && m.size > kMostText) {
      throw FormatError(path_, "member '" + member + "'", "a size of at most " + std::to_string(kMostText) + " bytes",
                        std::to_string(m.size));
    }
  }
  const auto bytes = zip_->open(member);
  return {reinterpret_cast<const char*>(bytes->bytes().data()), bytes->bytes().size()};
}

bool Archive::has_metadata() const { return zip_->has(kMetadata); }
std::string Archive::metadata() const { return text_of(kMetadata); }
std::string Archive::config() const { return text_of(kConfig); }

bool Archive::has_weights() const { return zip_->has(kWeights); }
std::shared_ptr<const hdf5::File> Archive::weights() const {
  if (!has_weights()) {
    const bool npz = zip_->has("model.weights.npz");
    throw FormatError(path_, "zip archive", std::string("a member ") + kWeights,
                      npz ? "model.weights.npz, whose pickled objects are not read" : "none");
  }
  auto file = zip_->open(kWeights);
  if (!hdf5::is_hdf5(file->bytes())) {
    throw FormatError(path_, std::string("member '") + kWeights + "'", "an HDF5 file", "something else");
  }
  return hdf5::File::from_mapping(std::move(file));
}

std::vector<std::string> Archive::assets() const {
  std::vector<std::string> names;
  for (const auto& m : zip_->members()) {
    if (m.name.starts_with(kAssets) && !m.name.ends_with('/')) names.push_back(m.name);
  }
  return names;
}

std::vector<std::string> Archive::others() const {
  std::vector<std::string> names;
  for (const auto& m : zip_->members()) {
    const bool known = m.name == kMetadata || m.name == kConfig || m.name == kWeights;
    if (!known && !m.name.starts_with(kAssets) && !m.name.ends_with('/')) names.push_back(m.name);
  }
  return names;
}

std::string Archive::asset(const std::string& name) const { return text_of(name); }

}  // namespace hornbeam::formats::keras_v3
